#include "capi/wasm_input.hpp"

#include <sluice/error.hpp>

#include <algorithm>
#include <string_view>

namespace sluice::capi {
namespace {

Manifest defaults() {
    Manifest manifest;
    manifest.timeout = std::chrono::milliseconds::max();
    manifest.memory.max_pages = 65'536;
    return manifest;
}

}  // namespace

Manifest read_wasm_input(ByteView input) {
    const std::string_view text = as_text(input);
    const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const std::string_view begin = text.substr(start);
    if (begin.starts_with('{'))
        // The program's own text: it may point into its memory, as Extism's C++ SDK does.
        return Manifest::from_json(text, {.ignore_unknown_keys = true, .allow_addresses = true},
                                   defaults());
    if (text.starts_with(std::string_view("\0asm", 4)) || begin.starts_with('(') ||
        begin.starts_with(";;")) {
        Manifest manifest = defaults();
        manifest.wasm.emplace_back(WasmBytes{.bytes = Bytes(input.begin(), input.end())});
        return manifest;
    }
    if (begin.empty()) throw Error(ErrorCode::invalid_input, "there is no module: it is empty");
    throw Error(ErrorCode::invalid_input,
                "this is neither a WebAssembly module, binary or text, nor a manifest in JSON; "
                "manifests in TOML are not read here");
}

}  // namespace sluice::capi
