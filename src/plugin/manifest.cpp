#include <sluice/manifest.hpp>

namespace sluice {

Manifest Manifest::file(std::filesystem::path path) {
    Manifest manifest;
    manifest.wasm.emplace_back(WasmFile{.path = std::move(path)});
    return manifest;
}

Manifest Manifest::url(std::string url) {
    Manifest manifest;
    manifest.wasm.emplace_back(WasmUrl{.url = std::move(url)});
    return manifest;
}

Manifest Manifest::bytes(ByteView wasm, std::string name) {
    Manifest manifest;
    manifest.wasm.emplace_back(
        WasmBytes{.bytes = Bytes(wasm.begin(), wasm.end()), .name = std::move(name)});
    return manifest;
}

}  // namespace sluice
