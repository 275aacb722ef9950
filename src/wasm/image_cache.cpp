#include "wasm/image_cache.hpp"

#include "wasm/code_image.hpp"
#include "wasm/engine.hpp"
#include "wasm/handles.hpp"
#include "wasm/image_file.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace sluice::wasm {
namespace {

void store(const std::filesystem::path& file, const Digest& key, const Module& module) {
    ByteVector image;
    const ErrorHandle refused(wasmtime_module_serialize(module.raw(), image.out()));
    if (refused) return;
    const auto bytes = as_bytes(std::string_view(image.data(), image.size()));
    if (const auto why = write_image(file, key, bytes))
        spdlog::warn("compiled image {} not stored: {}", file.string(), *why);
}

/// A compiler leaves tens of megabytes free in the heap, which otherwise stay the process's own.
void give_back_memory() {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

}  // namespace

ImageCache::ImageCache(std::filesystem::path folder) : folder_(std::move(folder)) {
    if (folder_.empty()) return;
    const auto why = refuse_folder(folder_);
    if (why) spdlog::warn("compiled images are not kept in {}: {}", folder_.string(), *why);
    usable_ = !why;
}

Module ImageCache::load(const Engine& engine, std::string name, ByteView wasm) const {
    if (!usable_) return Module::compile(engine, std::move(name), wasm);
    constexpr std::string_view separator("\0", 1);
    const Digest key = sha256({as_bytes(engine.fingerprint()), as_bytes(separator), wasm});
    const std::filesystem::path file = folder_ / (hex(key) + ".image");
    if (const auto image = read_image(file, key))
        if (ErrorHandle refused; ModuleHandle mapped = map_code(engine, *image, refused))
            return Module::adopt(engine, std::move(name), mapped.release());
    Module module = Module::compile(engine, std::move(name), wasm);
    store(file, key, module);
    give_back_memory();
    return module;
}

std::filesystem::path ImageCache::default_folder() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::filesystem::path(value == nullptr ? "" : value);
    };
    // Both must be absolute, says the XDG base directory specification.
    if (const auto cache = variable("XDG_CACHE_HOME"); cache.is_absolute())
        return cache / "sluice" / "images";
    if (const auto home = variable("HOME"); home.is_absolute())
        return home / ".cache" / "sluice" / "images";
    return {};
}

}  // namespace sluice::wasm
