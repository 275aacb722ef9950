#pragma once

#include <sluice/manifest.hpp>

#include <string>

namespace sluice {

/// A module of a manifest as bytes.
struct WasmSource {
    std::string name{};   ///< as the manifest gives it; may be empty
    std::string label{};  ///< what messages call it when it has no name
    Bytes bytes{};
};

/// Reads the file, takes the bytes or fetches the URL, and checks the hash.
///
/// Blocks: until it is there; a fetch at most `manifest.timeout`.
/// Errors: \throws Error unavailable for what cannot be had; invalid_input for another hash, saying
///     which was found.
WasmSource load(const Wasm& wasm, const Manifest& manifest);

}  // namespace sluice
