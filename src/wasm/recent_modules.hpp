#pragma once

#include "wasm/image_file.hpp"
#include "wasm/module.hpp"

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace sluice::wasm {

/// What a module is made of: equal ones are made alike.
struct ModuleOrigin {
    wasm_engine_t* engine = nullptr;
    Digest wasm{};
    std::string name{};
    std::string library_id{};  ///< MergedLibrary::id(); empty for none

    auto operator<=>(const ModuleOrigin&) const = default;
};

/// Finds modules that somebody still uses, so that plug-ins of the same bytes share their code. It
/// keeps the last few alive, for programs that make a plug-in anew for each piece of work.
/// Threads: any.
class RecentModules {
  public:
    /// What is kept alive that nobody uses: bounds for both, and the older ones go first.
    struct Bounds {
        std::size_t modules = 16;
        std::size_t wasm_bytes = std::size_t{32} << 20;  ///< their code takes two to three times it
    };

    RecentModules() = default;
    explicit RecentModules(Bounds bounds) : bounds_(bounds) {}

    /// Makes what it finds the most recent one.
    std::optional<Module> find(const ModuleOrigin& origin);
    /// Of two modules of one origin the later one is found. `wasm_bytes`: what `module` is made of.
    void add(const ModuleOrigin& origin, const Module& module, std::size_t wasm_bytes);

  private:
    struct Kept {
        ModuleOrigin origin;
        Module module;
        std::size_t wasm_bytes;
    };

    std::optional<Module> find_living(const ModuleOrigin& origin) const;
    void forget_the_dead();

    const Bounds bounds_{};
    std::mutex mutex_;
    // All of it under the mutex.
    std::map<ModuleOrigin, Module::Watch> living_;
    std::size_t next_sweep_ = 64;
    std::list<Kept> kept_;  // the most recent one first
    std::size_t kept_bytes_ = 0;
};

}  // namespace sluice::wasm
