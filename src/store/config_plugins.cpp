#include "store/config_reading.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice::store {
namespace {

/// Characters. It goes into every call of a stream's hooks, so more would cost more than it tells.
constexpr std::int64_t most_window = 65'536;

PluginLimits read_limits(JsonReader json) {
    PluginLimits limits;
    const auto megabytes = [&](std::string_view key, std::uint64_t fallback) {
        return static_cast<std::uint64_t>(
                   json.whole(key, static_cast<std::int64_t>(fallback >> 20U), 1, 4'096))
               << 20U;
    };
    const auto milliseconds = [&](std::string_view key, std::chrono::milliseconds& limit) {
        limit = std::chrono::milliseconds(json.whole(key, limit.count(), 1, 600'000));
    };
    const auto count = [&](std::string_view key, auto fallback, std::int64_t highest) {
        return static_cast<decltype(fallback)>(
            json.whole(key, static_cast<std::int64_t>(fallback), 1, highest));
    };
    milliseconds("timeout_ms", limits.timeout);
    milliseconds("cpu_ms", limits.cpu);
    milliseconds("init_timeout_ms", limits.init_timeout);
    limits.memory_bytes = megabytes("memory_mb", limits.memory_bytes);
    limits.recycle_bytes =
        megabytes("recycle_mb", std::min(limits.recycle_bytes, limits.memory_bytes));
    if (limits.recycle_bytes > limits.memory_bytes)
        json.refuse("recycle_mb", "must not be above memory_mb");
    limits.output_bytes = megabytes("output_mb", limits.output_bytes);
    limits.instances_per_thread =
        count("instances_per_thread", limits.instances_per_thread, 100'000);
    limits.waiting_calls = count("waiting_calls", limits.waiting_calls, 1'000'000);
    limits.log_lines_per_second =
        count("log_lines_per_second", limits.log_lines_per_second, 1'000'000);
    limits.variable_bytes = count("variable_bytes", limits.variable_bytes, 1LL << 30U);
    limits.http_calls = count("http_calls", limits.http_calls, 1'000);
    limits.http_response_bytes =
        count("http_response_kb", limits.http_response_bytes >> 10U, 1LL << 20U) << 10U;
    limits.llm_calls = count("llm_calls", limits.llm_calls, 1'000);
    json.finish();
    return limits;
}

PluginPermissions read_permissions(JsonReader json) {
    PluginPermissions permissions;
    permissions.clock = json.flag("clock", permissions.clock);
    permissions.random = json.flag("random", permissions.random);
    permissions.llm = json.flag("llm", permissions.llm);
    json.finish();
    return permissions;
}

BreakerLimits read_breaker(JsonReader json) {
    BreakerLimits breaker;
    breaker.failures =
        static_cast<std::uint32_t>(json.whole("failures", breaker.failures, 1, 1'000'000));
    breaker.pause =
        std::chrono::milliseconds(json.whole("pause_ms", breaker.pause.count(), 1, 3'600'000));
    json.finish();
    return breaker;
}

void read_settings(JsonReader& json, PluginConfig& plugin) {
    const auto shown = json.raw("config");
    if (!shown) return;
    plugin.shown_config_json = *shown;
    const std::string here = json.path().empty() ? "" : json.path() + ".";
    plugin.config_json = *json.raw(
        "config", [&](std::string_view text, std::string_view path) -> std::optional<std::string> {
            if (!text.starts_with("env.")) return std::nullopt;
            return resolve_env(json, path.substr(here.size()), text);
        });
}

RequestShape read_shape(JsonReader& json) {
    const std::string name = json.choice("shape", {"flat", "snake", "go", "all"});
    if (name == "snake") return RequestShape::snake;
    if (name == "go") return RequestShape::go;
    return name == "all" ? RequestShape::all : RequestShape::flat;
}

OnError read_on_error(JsonReader& json) {
    if (!json.has("on_error")) return OnError::as_phase;
    return json.choice("on_error", {"continue", "fail"}) == "fail" ? OnError::fail
                                                                   : OnError::carry_on;
}

void read_hooks(JsonReader& json, PluginConfig& plugin) {
    if (!json.has("hooks")) return;
    plugin.hooks = json.texts("hooks");
    for (const std::string& name : *plugin.hooks)
        if (std::ranges::find(hook_names, name) == hook_names.end())
            json.refuse("hooks", fmt::format("\"{}\" is no hook; there are {}", name,
                                             fmt::join(hook_names, ", ")));
}

/// `{"HOST": "GUEST"}`, as Extism's manifests spell it; `ro:` before a folder makes it read only.
std::vector<AllowedPath> read_paths(JsonReader& json, const std::filesystem::path& folder) {
    constexpr std::string_view read_only = "ro:";
    constexpr std::size_t most = 16;  // each is a descriptor that every instance holds
    std::vector<AllowedPath> paths;
    for (const auto& [host, guest] : json.text_map("allowed_paths")) {
        const bool is_read_only = host.starts_with(read_only);
        const std::string place = host.substr(is_read_only ? read_only.size() : 0);
        if (place.empty() || guest.empty())
            json.refuse("allowed_paths",
                        "must name a folder and what the plug-in calls it: "
                        "{\"ro:/srv/words\": \"/words\"}");
        paths.push_back(
            {.host = from_folder(folder, place), .guest = guest, .read_only = is_read_only});
    }
    if (paths.size() > most)
        json.refuse("allowed_paths", fmt::format("must not hold more than {} folders", most));
    return paths;
}

PluginMatch read_match(JsonReader json) {
    PluginMatch match;
    for (const auto& [key, patterns] : {std::pair{"models", &match.models},
                                        {"providers", &match.providers},
                                        {"routes", &match.routes}}) {
        *patterns = json.texts(key);
        if (std::ranges::find(*patterns, "") != patterns->end())
            json.refuse(key, "must not hold an empty pattern: it would fit nothing");
    }
    json.refuse_all({"virtual_keys"}, not_supported);
    json.finish();
    return match;
}

}  // namespace

void read_version(JsonReader& json, const std::filesystem::path& folder, PluginConfig& plugin) {
    read_module(json, folder, plugin);
    read_settings(json, plugin);
    read_hooks(json, plugin);
    if (auto limits = json.object("limits")) plugin.limits = read_limits(*limits);
}

void read_breaker_of(JsonReader& json, PluginConfig& plugin) {
    if (auto breaker = json.object("breaker")) plugin.breaker = read_breaker(*breaker);
}

PluginConfig read_plugin(JsonReader json, const std::filesystem::path& folder) {
    PluginConfig plugin;
    plugin.entry_json = json.source();
    plugin.name = json.text("name");
    if (json.has("name") && plugin.name.empty()) json.refuse("name", "must not be empty");
    plugin.enabled = json.flag("enabled", plugin.enabled);
    read_version(json, folder, plugin);
    read_breaker_of(json, plugin);
    plugin.placement = json.choice("placement", {"post_builtin", "builtin", "pre_builtin"});
    plugin.order = static_cast<int>(json.whole("order", 0, -1'000'000, 1'000'000));
    plugin.on_error = read_on_error(json);
    if (auto match = json.object("match")) plugin.match = read_match(*match);
    plugin.see_credentials = json.flag("see_credentials", false);
    plugin.shape = read_shape(json);
    plugin.allowed_hosts = json.texts("allowed_hosts");
    plugin.allowed_paths = read_paths(json, folder);
    if (auto permissions = json.object("permissions"))
        plugin.permissions = read_permissions(*permissions);
    plugin.window = static_cast<std::size_t>(json.whole("window", 0, 0, most_window));
    if (auto canary = json.object("canary")) plugin.canary = read_canary(*canary, folder, plugin);
    if (auto shadow = json.object("shadow")) plugin.shadow = read_shadow(*shadow, folder, plugin);
    json.refuse_all({"version"}, not_supported);
    json.finish();
    return plugin;
}

namespace {

/// Places in the order of execution.
int group_of(const PluginConfig& plugin) noexcept {
    return plugin.placement == "pre_builtin" ? 0 : plugin.placement == "builtin" ? 1 : 2;
}

}  // namespace

bool runs_before(const PluginConfig& a, const PluginConfig& b) noexcept {
    return std::tuple(group_of(a), a.order, a.position) <
           std::tuple(group_of(b), b.order, b.position);
}

std::vector<PluginConfig> read_plugins(JsonReader& json, const std::filesystem::path& folder) {
    std::vector<PluginConfig> plugins;
    json.each("plugins", [&](JsonReader item) {
        PluginConfig plugin = read_plugin(item, folder);
        const bool taken = std::ranges::any_of(plugins, [&](const auto& other) {
            return !plugin.name.empty() && other.name == plugin.name;
        });
        if (taken)
            item.refuse("name", fmt::format("\"{}\" is another plug-in's name", plugin.name));
        plugin.position = plugins.size();
        plugins.push_back(std::move(plugin));
    });
    std::ranges::sort(plugins, runs_before);
    return plugins;
}

}  // namespace sluice::store
