#include "wasm/image_cache.hpp"

#include "wasm/code_image.hpp"
#include "wasm/engine.hpp"
#include "wasm/handles.hpp"
#include "wasm/image_file.hpp"
#include "wasm/merged_library.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace sluice::wasm {
namespace {

/// Of the image of the module that was made of `origin` with or without a library in it.
Digest key_of(const Digest& origin, std::string_view merged_library) {
    return sha256({origin, as_bytes(merged_library)});
}

std::filesystem::path file_in(const std::filesystem::path& folder, const Digest& key) {
    return folder / (hex(key) + ".image");
}

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

Module ImageCache::load(const Engine& engine, std::string name, ByteView wasm,
                        const MergedLibrary* library) const {
    if (!usable_) return Module::compile(engine, std::move(name), wasm, library);
    return load(engine, std::move(name), wasm, sha256({wasm}), library);
}

Module ImageCache::load(const Engine& engine, std::string name, ByteView wasm,
                        const Digest& wasm_digest, const MergedLibrary* library) const {
    if (!usable_) return Module::compile(engine, std::move(name), wasm, library);
    constexpr std::string_view separator("\0", 1);
    const std::string_view way = library == nullptr ? std::string_view() : library->id();
    const Digest origin = sha256({as_bytes(engine.fingerprint()), as_bytes(separator),
                                  as_bytes(way), as_bytes(separator), wasm_digest});
    // What the way led to is known without going it again: there is one image or the other.
    const std::string merged_name = library == nullptr ? std::string() : library->name();
    for (const std::string& merged : {merged_name, std::string()}) {
        const Digest key = key_of(origin, merged);
        if (const auto image = read_image(file_in(folder_, key), key))
            if (ErrorHandle refused; ModuleHandle mapped = map_code(engine, *image, refused))
                return Module::adopt(engine, std::move(name), mapped.release(), merged);
        if (merged_name.empty()) break;
    }
    Module module = Module::compile(engine, std::move(name), wasm, library);
    const Digest key = key_of(origin, module.merged_library());
    store(file_in(folder_, key), key, module);
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
