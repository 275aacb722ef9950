#include "gateway/plugin_set.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace sluice::gateway {
namespace {

std::string read_module(const std::filesystem::path& path) {
    const std::string text = path.string();
    if (text.starts_with("http://") || text.starts_with("https://"))
        throw Error(
            ErrorCode::unavailable,
            fmt::format("{}: plug-ins are loaded from files; addresses are not fetched yet", text));
    std::ifstream file(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file) throw Error(ErrorCode::unavailable, fmt::format("{}: cannot be read", text));
    return bytes;
}

hooks::HookPluginOptions options_of(const store::PluginConfig& config) {
    return {.name = config.name,
            .config_json = config.config_json,
            .call_timeout = config.limits.timeout,
            .memory_bytes = config.limits.memory_bytes,
            .recycle_bytes = config.limits.recycle_bytes,
            .instances_per_thread = std::max<std::size_t>(1, config.limits.instances_per_thread)};
}

LoadedPlugin load_plugin(const wasm::Engine& engine, const wasm::ImageCache& cache,
                         const store::PluginConfig& config) {
    LoadedPlugin loaded{.config = config};
    if (!config.enabled) {
        loaded.status = "disabled";
        return loaded;
    }
    try {
        const std::string bytes = read_module(config.path);
        loaded.plugin = hooks::HookPlugin::load(engine, cache, as_bytes(bytes), options_of(config));
        loaded.status = "active";
    } catch (
        const std::exception& error) {  // one bad plug-in must not keep the gateway from starting
        loaded.status = "error";
        loaded.logs.emplace_back(error.what());
        spdlog::error("plug-in {} is left out: {}", config.name, error.what());
    }
    return loaded;
}

}  // namespace

bool PluginSet::any(hooks::Phase phase) const noexcept {
    return std::ranges::any_of(plugins, [phase](const LoadedPlugin& loaded) {
        return loaded.plugin && loaded.plugin->phases().has(phase);
    });
}

std::shared_ptr<const PluginSet> load_plugins(const wasm::Engine& engine,
                                              const wasm::ImageCache& cache,
                                              const std::vector<store::PluginConfig>& configs) {
    auto set = std::make_shared<PluginSet>();
    set->plugins.reserve(configs.size());
    for (const store::PluginConfig& config : configs)
        set->plugins.push_back(load_plugin(engine, cache, config));
    return set;
}

}  // namespace sluice::gateway
