#include "wasm/image_cache.hpp"

namespace sluice::wasm {

ImageCache::ImageCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

Module ImageCache::load(const Engine& engine, std::string name, ByteView wasm) const {
    return Module::compile(engine, std::move(name), wasm);
}

std::filesystem::path ImageCache::default_folder() {
    return {};
}

}  // namespace sluice::wasm
