#include "gateway/plugin_management.hpp"

#include "base/ascii.hpp"
#include "gateway/answer.hpp"
#include "gateway/edge.hpp"
#include "gateway/json_reply.hpp"
#include "gateway/redaction.hpp"
#include "gateway/shadow_report.hpp"
#include "hooks/limits.hpp"
#include "plugin/http_url.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::gateway {

namespace json = boost::json;

namespace {

json::array hooks_of(const LoadedPlugin& loaded) {
    json::array names;
    for (const hooks::Phase phase : hooks::all_phases)
        if (loaded.phases.has(phase)) names.emplace_back(loaded.plugin->hook_name(phase));
    return names;
}

json::array types_of(const LoadedPlugin& loaded) {
    using hooks::Phase;
    const hooks::PhaseSet phases = loaded.phases;
    json::array types;
    if (phases.has(Phase::http_pre) || phases.has(Phase::http_post) ||
        phases.has(Phase::stream_chunk))
        types.emplace_back("http");
    if (phases.has(Phase::pre) || phases.has(Phase::post)) types.emplace_back("llm");
    return types;
}

json::object match_of(const store::PluginMatch& match) {
    json::object shown;
    for (const auto& [key, patterns] : {std::pair{"models", &match.models},
                                        {"providers", &match.providers},
                                        {"routes", &match.routes}})
        if (!patterns->empty()) shown[key] = json::array(patterns->begin(), patterns->end());
    return shown;
}

double megabytes(std::uint64_t bytes) {
    return std::round(static_cast<double>(bytes) / (1 << 20) * 1000) / 1000;
}

/// The most that was used of each limit so far, and what may be.
json::object limits_of(const hooks::HookPlugin& plugin) {
    using hooks::Limit;
    const hooks::PluginUsage& usage = plugin.usage();
    const hooks::HookPluginOptions& options = plugin.options();
    json::object shown;
    const auto add = [&](Limit limit, json::value used) {
        const auto broken = usage.broken[static_cast<std::size_t>(limit)].load();
        shown[hooks::name_of(limit)] = {
            {"used", std::move(used)}, {"allowed", allowed(plugin, limit)}, {"broken", broken}};
    };
    add(Limit::timeout, static_cast<double>(usage.call_us.value()) / 1000);
    add(Limit::cpu, static_cast<double>(usage.cpu_us.value()) / 1000);
    add(Limit::init_timeout, nullptr);
    add(Limit::memory, megabytes(usage.memory_bytes.value()));
    shown["recycle_mb"] = {{"allowed", options.recycle_bytes >> 20}};
    add(Limit::output, megabytes(usage.output_bytes.value()));
    shown["instances_per_thread"] = {{"used", usage.instances.value()},
                                     {"allowed", options.instances_per_thread}};
    shown["waiting_calls"] = {{"used", usage.waiting.value()}, {"allowed", options.waiting_calls}};
    add(Limit::log_lines, usage.log_lines.value());
    shown[hooks::name_of(Limit::log_lines)].as_object()["dropped"] = usage.log_lines_dropped.load();
    add(Limit::variables, usage.variable_bytes.value());
    add(Limit::http_calls, usage.http_calls.value());
    add(Limit::llm_calls, usage.llm_calls.value());
    shown["http_response_kb"] = {{"allowed", options.access.http_response_bytes >> 10}};
    const auto broken = usage.broken[static_cast<std::size_t>(Limit::stack)].load();
    shown["stack_kb"] = {{"allowed", allowed(plugin, Limit::stack)}, {"broken", broken}};
    return shown;
}

json::object breaker_of(const PluginBreaker& breaker) {
    return {{"state", breaker.state(PluginBreaker::Clock::now())},
            {"failures", breaker.most_failures()},
            {"pause_ms", breaker.pause().count()},
            {"trips", breaker.trips()},
            {"refused_calls", breaker.refused()}};
}

json::value config_of(const store::PluginConfig& plugin) {
    boost::system::error_code unreadable;
    json::value config = json::parse(plugin.shown_config_json, unreadable);
    if (unreadable) config = json::object();
    redact(config);
    return config;
}

/// The file or the address; that without what may be secret in it.
std::string place_of(const store::PluginConfig& plugin) {
    if (!plugin.remote) return plugin.path.string();
    try {
        return parse_http_url(plugin.remote->url).shown;
    } catch (const Error&) {  // why it was not loaded stands in the plug-in's logs
        return "https://...";
    }
}

/// What a version has of its own and what became of it.
json::object version_of(const LoadedPlugin& loaded) {
    json::object shown{{"path", place_of(loaded.config)},
                       {"config", config_of(loaded.config)},
                       {"status", loaded.status},
                       {"logs", json::array(loaded.logs.begin(), loaded.logs.end())}};
    if (loaded.plugin) {
        shown["generation"] = loaded.plugin->generation();
        shown["hooks"] = hooks_of(loaded);
        shown["limits"] = limits_of(*loaded.plugin);
    }
    if (loaded.breaker) shown["breaker"] = breaker_of(*loaded.breaker);
    return shown;
}

/// Whole numbers as people write them.
json::value number(double value) {
    if (value == std::floor(value)) return static_cast<std::int64_t>(value);
    return value;
}

json::object canary_of(const LoadedPlugin& loaded, const store::PluginCanary& canary) {
    json::object shown = version_of(loaded);
    shown["percent"] = number(canary.percent);
    if (!canary.header_name.empty())
        shown["header"] = {{"name", canary.header_name}, {"value", canary.header_value}};
    return shown;
}

json::object shadow_of(const LoadedPlugin& loaded) {
    json::object shown = version_of(*loaded.shadow);
    shown["queue"] = loaded.config.shadow->queue;
    if (loaded.comparison) add_comparison(*loaded.comparison, loaded, shown);
    return shown;
}

}  // namespace

json::object to_json(const LoadedPlugin& loaded) {
    json::object status{{"name", loaded.config.name},
                        {"status", loaded.status},
                        {"logs", json::array(loaded.logs.begin(), loaded.logs.end())},
                        {"types", json::array()}};
    json::object shown{{"name", loaded.config.name},
                       {"actualName", loaded.config.name},
                       {"enabled", loaded.config.enabled},
                       {"config", config_of(loaded.config)},
                       {"isCustom", true},
                       {"path", place_of(loaded.config)},
                       {"placement", loaded.config.placement},
                       {"order", loaded.config.order}};
    if (loaded.plugin) {
        shown["actualName"] = loaded.plugin->actual_name();
        shown["generation"] = loaded.plugin->generation();
        shown["hooks"] = hooks_of(loaded);
        status["types"] = types_of(loaded);
    }
    shown["match"] = match_of(loaded.config.match);
    if (loaded.config.on_error != store::OnError::as_phase)
        shown["on_error"] = loaded.config.on_error == store::OnError::fail ? "fail" : "continue";
    shown["see_credentials"] = loaded.config.see_credentials;
    shown["allowed_hosts"] =
        json::array(loaded.config.allowed_hosts.begin(), loaded.config.allowed_hosts.end());
    json::object& paths = shown["allowed_paths"].emplace_object();
    for (const store::AllowedPath& path : loaded.config.allowed_paths)
        paths[(path.read_only ? "ro:" : "") + path.host.string()] = path.guest;
    shown["permissions"] = {{"clock", loaded.config.permissions.clock},
                            {"random", loaded.config.permissions.random},
                            {"llm", loaded.config.permissions.llm}};
    if (loaded.config.window > 0) shown["window"] = loaded.config.window;
    if (loaded.plugin) shown["limits"] = limits_of(*loaded.plugin);
    if (loaded.breaker) shown["breaker"] = breaker_of(*loaded.breaker);
    if (loaded.canary) shown["canary"] = canary_of(*loaded.canary, *loaded.config.canary);
    if (loaded.shadow) shown["shadow"] = shadow_of(loaded);
    if (loaded.config.remote) shown["sha256"] = loaded.config.remote->sha256;
    shown["status"] = std::move(status);
    return shown;
}

http::Reply plugins_reply(const PluginSet& set) {
    json::array plugins;
    for (const LoadedPlugin& loaded : set.plugins) plugins.emplace_back(to_json(loaded));
    const std::size_t count = plugins.size();
    return json_reply({{"plugins", std::move(plugins)}, {"count", count}});
}

http::Reply plugin_reply(const PluginSet& set, std::string_view name) {
    const auto found = std::ranges::find_if(
        set.plugins, [&](const LoadedPlugin& loaded) { return loaded.config.name == name; });
    if (found == set.plugins.end())
        return error_reply(own_error(404, fmt::format("Plugin not found: {}", name)));
    return json_reply(to_json(*found));
}

bool changes_plugins(std::string_view method) noexcept {
    return method == "POST" || method == "PUT" || method == "DELETE";
}

std::optional<http::Reply> refuse_change(const store::ServerConfig& server,
                                         const http::RequestHead& head) {
    using store::PluginChanges;
    if (server.plugin_changes == PluginChanges::refuse)
        return error_reply(own_error(403,
                                     "server.plugin_changes is \"refuse\": plug-ins change by "
                                     "the configuration file alone"));
    if (server.plugin_changes == PluginChanges::local && !server.is_local())
        return error_reply(
            own_error(403, fmt::format("the gateway listens on {}, where others can reach it, and "
                                       "asks nobody for a key; set server.plugin_changes to "
                                       "\"allow\" if all of them may change plug-ins",
                                       server.host)));
    // A page in this machine's browser may send text/plain without being asked, JSON not.
    const std::string_view type = head.find("content-type").value_or(std::string_view());
    const std::string_view kind = type.substr(0, type.find(';'));
    if (head.method() != "DELETE" && !equal_ignoring_case(kind, "application/json"))
        return error_reply(own_error(415, "Content-Type must be application/json"));
    return std::nullopt;
}

http::Reply change_plugins(PluginRegistry& plugins, std::string_view method, std::string_view name,
                           std::string_view body) {
    const PluginChange change = method == "POST"  ? plugins.create(body)
                                : method == "PUT" ? plugins.update(name, body)
                                                  : plugins.remove(name);
    if (!change.problem.empty()) return error_reply(own_error(change.status, change.problem));
    if (method == "DELETE")
        return json_reply({{"message", "Plugin deleted successfully"}, {"saved", change.saved}});
    return json_reply({{"message", change.was_there ? "Plugin updated successfully"
                                                    : "Plugin created successfully"},
                       {"saved", change.saved},
                       {"plugin", to_json(change.plugin)}},
                      change.status);
}

}  // namespace sluice::gateway
