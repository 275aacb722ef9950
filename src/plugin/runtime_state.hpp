#pragma once

#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"
#include "wasm/linker.hpp"
#include "wasm/merged_library.hpp"
#include "wasm/module.hpp"
#include "wasm/recent_modules.hpp"

#include <sluice/runtime.hpp>

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sluice {

/// One engine, and what plug-ins that run on it may import.
struct PluginEngine {
    explicit PluginEngine(const wasm::EngineOptions& options);

    wasm::Engine engine;
    wasm::Linker linker_without_wasi;
    wasm::Linker linker;
};

struct Runtime::State {
    explicit State(const RuntimeOptions& options);

    /// Blocks: some milliseconds for the first plug-in of a kind, as it makes an engine.
    const PluginEngine& engine(wasm::CodeKind kind) const;

    /// As wasm::Module::compile, but for what was made lately or is in the image cache.
    wasm::Module compile(const wasm::Engine& engine, std::string name, ByteView wasm,
                         const wasm::MergedLibrary* library = nullptr) const;
    /// The same for whoever knows the SHA-256 of `wasm`.
    wasm::Module compile(const wasm::Engine& engine, std::string name, ByteView wasm,
                         const wasm::Digest& wasm_digest,
                         const wasm::MergedLibrary* library = nullptr) const;

    std::optional<wasm::ImageCache> images;
    mutable wasm::RecentModules recent;  // whatever it finds is what compile() would make
    wasm::MergedLibrary kernel;
    bool fusion;  ///< the environment does not forbid it

  private:
    wasm::Module compile_anew(const wasm::Engine& engine, std::string name, ByteView wasm,
                              const wasm::Digest& wasm_digest,
                              const wasm::MergedLibrary* library) const;
    std::unique_ptr<PluginEngine> make_engine(const wasm::EngineOptions& options) const;

    /// One once somebody asked for it.
    struct LazyEngine {
        std::once_flag begun{};
        std::unique_ptr<PluginEngine> engine{};
    };
    mutable std::array<LazyEngine, 4> engines_{};  ///< one of a kind
};

}  // namespace sluice
