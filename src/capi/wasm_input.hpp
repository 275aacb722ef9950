#pragma once

#include <sluice/bytes.hpp>
#include <sluice/manifest.hpp>

namespace sluice::capi {

/// What the bytes are that a plug-in is to be made of: a module, binary or text, or a manifest.
///
/// What a manifest does not say is unlimited here, as it is in Extism: time, and memory pages.
/// Errors: \throws Error invalid_input when they are neither, or the manifest is wrong.
/// Source: Extism runtime, `manifest.rs`. Blanks before a text are let pass; TOML is not read.
Manifest read_wasm_input(ByteView input);

}  // namespace sluice::capi
