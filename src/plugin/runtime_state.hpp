#pragma once

#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"
#include "wasm/linker.hpp"
#include "wasm/module.hpp"

#include <sluice/runtime.hpp>

#include <optional>
#include <string>

namespace sluice {

struct Runtime::State {
    explicit State(const RuntimeOptions& options);

    wasm::Module compile(std::string name, ByteView wasm) const;

    wasm::Engine engine;
    std::optional<wasm::ImageCache> images;
    wasm::Linker linker_without_wasi;
    wasm::Linker linker;  ///< what every plug-in may import
};

}  // namespace sluice
