#pragma once

#include "gateway/plugin_breaker.hpp"
#include "gateway/plugin_host.hpp"
#include "gateway/plugin_shadow.hpp"
#include "hooks/hook_plugin.hpp"
#include "hooks/phase.hpp"
#include "store/config.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// A configured plug-in as GET /api/plugins shows it. `plugin` is empty when it is disabled or
/// could not be loaded; then `status` and `logs` say why, and the gateway runs without it.
struct LoadedPlugin {
    store::PluginConfig config{};
    std::shared_ptr<const hooks::HookPlugin> plugin{};
    hooks::PhaseSet phases{};                  ///< that it is called in: what it exports, less what
                                               ///< `hooks` of its configuration leaves out
    std::string status{};                      ///< "active" | "error" | "disabled"
    std::vector<std::string> logs{};           ///< why, in sentences
    std::shared_ptr<PluginBreaker> breaker{};  ///< null: it has none
    std::string_view version = "stable";       ///< "stable", "canary" or "shadow"
    /// What some requests meet in its place; null: there is none. `plugin` of it is empty when it
    /// could not be loaded: then all requests meet this one.
    std::shared_ptr<const LoadedPlugin> canary{};

    /// What is shown what it is shown, and compared; null: there is none.
    std::shared_ptr<const LoadedPlugin> shadow{};
    std::shared_ptr<PluginShadow> comparison{};  ///< null with a shadow that could not be loaded

    /// Why something of it could not be loaded; empty when all could.
    std::string failure() const;
};

/// The plug-ins of one configuration in their order of execution. Immutable: threads share it.
struct PluginSet {
    std::vector<LoadedPlugin> plugins{};

    /// Whether any active plug-in takes part in `phase`: decided once, so that requests without
    /// plug-ins never pay for them.
    bool any(hooks::Phase phase) const noexcept;
};

/// What plug-ins share with each other, and how modules are fetched.
struct PluginSupply {
    std::shared_ptr<PluginHost> host{};  ///< null: host calls are refused
    store::DownloadConfig downloads{};
};

/// Loads one plug-in with its canary and its shadow; what goes wrong becomes its status.
/// Blocks: fetches, compiles.
LoadedPlugin load_plugin(const wasm::Engine& engine, const wasm::ImageCache& cache,
                         const store::PluginConfig& config, const PluginSupply& supply = {});

/// Loads every enabled plug-in. A plug-in that fails gets status "error"; nothing is thrown for it.
/// Blocks: fetches, compiles; never on an I/O thread.
std::shared_ptr<const PluginSet> load_plugins(const wasm::Engine& engine,
                                              const wasm::ImageCache& cache,
                                              const std::vector<store::PluginConfig>& configs,
                                              const PluginSupply& supply = {});

}  // namespace sluice::gateway
