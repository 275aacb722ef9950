#pragma once

#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"
#include "wasm/linker.hpp"
#include "wasm/merged_library.hpp"
#include "wasm/module.hpp"
#include "wasm/recent_modules.hpp"

#include <sluice/runtime.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sluice {

/// Whether code counts the fuel that it uses. Counting slows it, so code that nobody limits does
/// not, and the two kinds are of two engines.
enum class Fuel { not_counted, counted };

/// The kind that `module` is of.
inline Fuel fuel_of(const wasm::Module& module) noexcept {
    return module.counts_fuel() ? Fuel::counted : Fuel::not_counted;
}

/// One engine, and what plug-ins that run on it may import.
struct PluginEngine {
    explicit PluginEngine(const wasm::EngineOptions& options);

    wasm::Engine engine;
    wasm::Linker linker_without_wasi;
    wasm::Linker linker;
};

struct Runtime::State {
    explicit State(const RuntimeOptions& options);

    /// Blocks: some milliseconds for the first plug-in that counts fuel, as it makes an engine.
    const PluginEngine& engine(Fuel fuel) const;

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

    std::unique_ptr<PluginEngine> plain_;
    mutable std::once_flag counting_begun_{};
    mutable std::unique_ptr<PluginEngine> counting_{};  ///< once somebody asked for it
};

}  // namespace sluice
