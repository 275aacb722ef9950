#pragma once

#include "wasm/import_names.hpp"

#include <sluice/bytes.hpp>

#include <optional>
#include <string_view>

namespace sluice {

/// A guest from before Extism 1.0, which imports `extism_alloc` and its kin from `env`, with the
/// names that they have now. Nothing for any other guest. `wasm` may be text (WAT).
/// Errors: \throws Error invalid_input, with `name` and the parser's words, for text that is none.
/// Source: Extism 0.5, the kernel and `runtime/src/plugin.rs`.
std::optional<Bytes> with_present_imports(std::string_view name, ByteView wasm);

/// What an import of such a guest is called now; nothing for any other import.
std::optional<wasm::ImportName> present_name(const wasm::ImportName& import);

}  // namespace sluice
