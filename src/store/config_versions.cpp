#include "store/config_reading.hpp"

#include <utility>

namespace sluice::store {
namespace {

PluginVersion version_of(PluginConfig plugin) {
    return {.path = std::move(plugin.path),
            .remote = std::move(plugin.remote),
            .config_json = std::move(plugin.config_json),
            .shown_config_json = std::move(plugin.shown_config_json),
            .hooks = std::move(plugin.hooks),
            .limits = plugin.limits,
            .breaker = plugin.breaker};
}

void read_header(JsonReader json, PluginCanary& canary) {
    canary.header_name = json.text("name");
    canary.header_value = json.text("value");
    if (json.has("name") && canary.header_name.empty())
        json.refuse("name",
                    "must not be empty: it is the name of the header that a request "
                    "carries to meet the canary");
    json.finish();
}

}  // namespace

PluginCanary read_canary(JsonReader json, const std::filesystem::path& folder,
                         const PluginConfig& plugin) {
    PluginConfig other = plugin;
    read_version(json, folder, other);
    read_breaker_of(json, other);
    PluginCanary canary{.version = version_of(std::move(other))};
    canary.percent = json.number("percent", 0, 0, 100);
    if (auto header = json.object("header"))
        read_header(*header, canary);
    else if (!json.has("percent"))
        json.refuse("", "needs \"percent\", \"header\" or both: which requests meet it");
    json.finish();
    return canary;
}

ShadowConfig read_shadow(JsonReader json, const std::filesystem::path& folder,
                         const PluginConfig& plugin) {
    PluginConfig other = plugin;
    other.breaker.reset();  // a shadow that fails costs nobody anything
    read_version(json, folder, other);
    ShadowConfig shadow{.version = version_of(std::move(other))};
    shadow.queue = static_cast<std::size_t>(
        json.whole("queue", static_cast<std::int64_t>(shadow.queue), 1, 100'000));
    json.finish();
    return shadow;
}

PluginConfig in_version(const PluginConfig& plugin, const PluginVersion& version) {
    PluginConfig other = plugin;
    other.path = version.path;
    other.remote = version.remote;
    other.config_json = version.config_json;
    other.shown_config_json = version.shown_config_json;
    other.hooks = version.hooks;
    other.limits = version.limits;
    other.breaker = version.breaker;
    other.canary.reset();
    other.shadow.reset();
    return other;
}

}  // namespace sluice::store
