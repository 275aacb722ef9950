#pragma once

#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"
#include "wasm/linker.hpp"
#include "wasm/merged_library.hpp"
#include "wasm/module.hpp"

#include <sluice/runtime.hpp>

#include <optional>
#include <string>

namespace sluice {

struct Runtime::State {
    explicit State(const RuntimeOptions& options);

    /// As wasm::Module::compile, by way of the image cache.
    wasm::Module compile(std::string name, ByteView wasm,
                         const wasm::MergedLibrary* library = nullptr) const;

    wasm::Engine engine;
    std::optional<wasm::ImageCache> images;
    wasm::MergedLibrary kernel;
    bool fusion;  ///< the environment does not forbid it
    wasm::Linker linker_without_wasi;
    wasm::Linker linker;  ///< what every plug-in may import
};

}  // namespace sluice
