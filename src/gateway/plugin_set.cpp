#include "gateway/plugin_set.hpp"

#include "base/file_contents.hpp"
#include "gateway/module_download.hpp"
#include "hooks/limits.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sluice::gateway {
namespace {

std::string read_module(const std::filesystem::path& path) {
    if (auto bytes = file_contents(path)) return *std::move(bytes);
    throw Error(ErrorCode::unavailable, fmt::format("{}: cannot be read", path.string()));
}

/// A shadow's answers go nowhere, so it may change nothing either.
std::vector<wasm::Folder> folders_of(const store::PluginConfig& config, std::string_view version) {
    std::vector<wasm::Folder> folders;
    folders.reserve(config.allowed_paths.size());
    for (const store::AllowedPath& path : config.allowed_paths)
        folders.push_back({.host = path.host,
                           .guest = path.guest,
                           .read_only = path.read_only || version == "shadow"});
    return folders;
}

/// Errors: \throws Error unavailable for what is no folder: instances would say so later.
void check_folders(const store::PluginConfig& config) {
    std::error_code failed;
    for (const store::AllowedPath& path : config.allowed_paths)
        if (!std::filesystem::is_directory(path.host, failed))
            throw Error(ErrorCode::unavailable,
                        fmt::format("plug-in {}: allowed_paths: {} is no folder; make it, or leave "
                                    "it out",
                                    config.name, path.host.string()));
}

hooks::HookPluginOptions options_of(const store::PluginConfig& config, std::string_view version) {
    return {
        .name = version == "stable" ? config.name : fmt::format("{} ({})", config.name, version),
        .config_json = config.config_json,
        .call_timeout = config.limits.timeout,
        .cpu_timeout = config.limits.cpu,
        .init_timeout = config.limits.init_timeout,
        .memory_bytes = config.limits.memory_bytes,
        .recycle_bytes = config.limits.recycle_bytes,
        .output_bytes = config.limits.output_bytes,
        .instances_per_thread = std::max<std::size_t>(1, config.limits.instances_per_thread),
        .waiting_calls = config.limits.waiting_calls,
        .log_lines_per_second = config.limits.log_lines_per_second,
        .access = {.clock = config.permissions.clock,
                   .random = config.permissions.random,
                   .llm = config.permissions.llm,
                   .variable_bytes = config.limits.variable_bytes,
                   .http_calls = config.limits.http_calls,
                   .http_response_bytes = config.limits.http_response_bytes,
                   .llm_calls = config.limits.llm_calls},
        .folders = folders_of(config, version),
        .log_lines = version == "stable" ? std::make_shared<hooks::LogLines>() : nullptr};
}

static_assert(std::ranges::all_of(hooks::all_phases, [](hooks::Phase phase) {
    return store::hook_names[static_cast<std::size_t>(phase)] == hooks::export_name(phase);
}));

/// Errors: \throws Error missing_export for a hook that is asked for and not exported.
hooks::PhaseSet chosen_phases(const store::PluginConfig& config, const hooks::HookPlugin& plugin) {
    if (!config.hooks) return plugin.phases();
    hooks::PhaseSet chosen;
    for (const hooks::Phase phase : hooks::all_phases) {
        const std::string_view name = hooks::export_name(phase);
        if (std::ranges::find(*config.hooks, name) == config.hooks->end()) continue;
        if (!plugin.phases().has(phase))
            throw Error(ErrorCode::missing_export,
                        fmt::format("plug-in {}: \"hooks\" names {}, which the module does not "
                                    "export; leave it out",
                                    config.name, name));
        chosen.add(phase);
    }
    return chosen;
}

/// What went wrong while loading, with the limit that was broken.
std::string explanation(const Error& error, const hooks::HookPluginOptions& options) {
    const hooks::Limit limit = hooks::limit_behind(error, hooks::Limit::init_timeout);
    if (limit == hooks::Limit::none) return error.what();
    return fmt::format("{} ({})", error.what(), hooks::in_words(options, limit));
}

bool takes_part(const LoadedPlugin& loaded, hooks::Phase phase) {
    if (!loaded.plugin) return false;
    return loaded.phases.has(phase) || (loaded.canary && takes_part(*loaded.canary, phase));
}

/// What plug-ins are loaded with.
struct Ground {
    const wasm::Engine& engine;
    const wasm::ImageCache& cache;
    const PluginSupply& supply;

    std::shared_ptr<const hooks::HookPlugin> load(const store::PluginConfig& config,
                                                  hooks::HookPluginOptions options) const {
        options.access.hosts = HostPatterns(config.allowed_hosts);
        const auto& host = supply.host;
        if (host) options.services = PluginHost::services(host);
        if (host && !options.access.hosts.empty()) host->load_authorities();
        if (config.remote)
            return hooks::HookPlugin::load(
                engine, cache, fetch_module(*config.remote, supply.downloads), std::move(options));
        return hooks::HookPlugin::load(engine, cache, as_bytes(read_module(config.path)),
                                       std::move(options));
    }
};

LoadedPlugin load_version(const Ground& ground, const store::PluginConfig& config,
                          std::string_view version) {
    LoadedPlugin loaded{.config = config, .version = version};
    const hooks::HookPluginOptions options = options_of(config, version);
    try {
        check_folders(config);
        auto plugin = ground.load(config, options);
        loaded.phases = chosen_phases(config, *plugin);
        loaded.plugin = std::move(plugin);
        if (const auto& breaker = config.breaker)
            loaded.breaker = std::make_shared<PluginBreaker>(breaker->failures, breaker->pause);
        loaded.status = "active";
        return loaded;
    } catch (const Error& error) {  // one bad plug-in must not keep the gateway from starting
        loaded.logs.push_back(explanation(error, options));
    } catch (const std::exception& error) {
        loaded.logs.emplace_back(error.what());
    }
    loaded.status = "error";
    spdlog::error("plug-in {} is left out: {}", options.name, loaded.logs.front());
    return loaded;
}

/// Why the answers of the two cannot be compared; empty when they can.
std::string misfit(const LoadedPlugin& loaded, const LoadedPlugin& shadow) {
    for (const hooks::Phase phase : hooks::all_phases)
        if (loaded.phases.has(phase) && shadow.phases.has(phase) &&
            loaded.plugin->convention(phase) != shadow.plugin->convention(phase))
            return fmt::format(
                "plug-in {}: {} takes its input in another form than the plug-in's (generation {} "
                "and {}), so the two cannot be compared; run it as a canary",
                shadow.plugin->options().name, shadow.plugin->hook_name(phase),
                shadow.plugin->generation(), loaded.plugin->generation());
    return {};
}

void load_shadow(const Ground& ground, LoadedPlugin& loaded) {
    const store::ShadowConfig& config = *loaded.config.shadow;
    LoadedPlugin shadow =
        load_version(ground, store::in_version(loaded.config, config.version), "shadow");
    if (shadow.plugin) {
        if (std::string why = misfit(loaded, shadow); !why.empty()) {
            spdlog::error("{}", why);
            shadow = {.config = shadow.config,
                      .status = "error",
                      .logs = {std::move(why)},
                      .version = "shadow"};
        }
    }
    if (shadow.plugin)
        loaded.comparison =
            std::make_shared<PluginShadow>(shadow.plugin, shadow.phases, config.queue);
    loaded.shadow = std::make_shared<const LoadedPlugin>(std::move(shadow));
}

}  // namespace

std::string LoadedPlugin::failure() const {
    if (status == "error") return logs.empty() ? "it cannot be loaded" : logs.front();
    if (canary && canary->status == "error") return canary->failure();
    return shadow ? shadow->failure() : std::string();
}

bool PluginSet::any(hooks::Phase phase) const noexcept {
    return std::ranges::any_of(
        plugins, [phase](const LoadedPlugin& loaded) { return takes_part(loaded, phase); });
}

LoadedPlugin load_plugin(const wasm::Engine& engine, const wasm::ImageCache& cache,
                         const store::PluginConfig& config, const PluginSupply& supply) {
    if (!config.enabled) return {.config = config, .status = "disabled"};
    const Ground ground{engine, cache, supply};
    LoadedPlugin loaded = load_version(ground, config, "stable");
    if (loaded.plugin && config.canary)
        loaded.canary = std::make_shared<const LoadedPlugin>(
            load_version(ground, store::in_version(config, config.canary->version), "canary"));
    if (loaded.plugin && config.shadow) load_shadow(ground, loaded);
    return loaded;
}

std::shared_ptr<const PluginSet> load_plugins(const wasm::Engine& engine,
                                              const wasm::ImageCache& cache,
                                              const std::vector<store::PluginConfig>& configs,
                                              const PluginSupply& supply) {
    auto set = std::make_shared<PluginSet>();
    set->plugins.reserve(configs.size());
    for (const store::PluginConfig& config : configs)
        set->plugins.push_back(load_plugin(engine, cache, config, supply));
    return set;
}

}  // namespace sluice::gateway
