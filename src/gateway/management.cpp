#include "gateway/management.hpp"

#include "base/ascii.hpp"
#include "gateway/log_query.hpp"
#include "gateway/metrics.hpp"
#include "http/query.hpp"
#include "llm/outcome.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace sluice::gateway {

namespace json = boost::json;

namespace {

http::Reply json_reply(const json::value& body) {
    return {.status = 200,
            .headers = {{"Content-Type", "application/json"}},
            .body = json::serialize(body)};
}

http::Reply error_reply(int status, std::string message, std::string param = {}) {
    const llm::ApiError error{.status = status,
                              .type = std::string(llm::error_type_of(status)),
                              .message = std::move(message),
                              .param = std::move(param)};
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = llm::to_json(error)};
}

bool names_a_secret(std::string_view key) {
    const std::string lower = lower_case(key);
    return std::ranges::any_of(
        std::array<std::string_view, 6>{"key", "token", "secret", "password", "authorization",
                                        "credential"},
        [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// Plug-in configurations are free-form: what looks like a secret by its key is not shown.
void redact(json::value& value) {
    if (auto* items = value.if_array())
        for (json::value& item : *items) redact(item);
    if (auto* members = value.if_object())
        for (auto& member : *members) {
            if (member.value().is_string() && names_a_secret(member.key()))
                member.value() = "<redacted>";
            else
                redact(member.value());
        }
}

json::array hooks_of(const hooks::HookPlugin& plugin) {
    json::array names;
    for (const hooks::Phase phase : hooks::all_phases)
        if (plugin.phases().has(phase)) names.emplace_back(plugin.hook_name(phase));
    return names;
}

json::array types_of(const hooks::HookPlugin& plugin) {
    using hooks::Phase;
    const hooks::PhaseSet phases = plugin.phases();
    json::array types;
    if (phases.has(Phase::http_pre) || phases.has(Phase::http_post) ||
        phases.has(Phase::stream_chunk))
        types.emplace_back("http");
    if (phases.has(Phase::pre) || phases.has(Phase::post)) types.emplace_back("llm");
    return types;
}

json::object to_json(const LoadedPlugin& loaded) {
    boost::system::error_code unreadable;
    json::value config = json::parse(loaded.config.shown_config_json, unreadable);
    if (unreadable) config = json::object();
    redact(config);

    json::object status{{"name", loaded.config.name},
                        {"status", loaded.status},
                        {"logs", json::array(loaded.logs.begin(), loaded.logs.end())},
                        {"types", json::array()}};
    json::object shown{{"name", loaded.config.name},
                       {"actualName", loaded.config.name},
                       {"enabled", loaded.config.enabled},
                       {"config", std::move(config)},
                       {"isCustom", true},
                       {"path", loaded.config.path.string()},
                       {"placement", loaded.config.placement},
                       {"order", loaded.config.order}};
    if (loaded.plugin) {
        shown["actualName"] = loaded.plugin->actual_name();
        shown["generation"] = loaded.plugin->generation();
        shown["hooks"] = hooks_of(*loaded.plugin);
        status["types"] = types_of(*loaded.plugin);
    }
    const store::PluginLimits& limits = loaded.config.limits;
    shown["limits"] = {{"timeout_ms", limits.timeout.count()},
                       {"memory_bytes", limits.memory_bytes},
                       {"recycle_bytes", limits.recycle_bytes},
                       {"instances_per_thread", limits.instances_per_thread}};
    shown["status"] = std::move(status);
    return shown;
}

json::object to_json(const store::LogRow& row) {
    json::object shown{{"id", row.id},
                       {"timestamp", to_rfc3339(row.timestamp_us)},
                       {"object", row.object},
                       {"provider", row.provider},
                       {"model", row.model},
                       {"stream", row.stream},
                       {"status", row.status},
                       {"status_code", row.status_code},
                       {"latency", row.latency_ms},
                       {"token_usage",
                        {{"prompt_tokens", row.prompt_tokens},
                         {"completion_tokens", row.completion_tokens},
                         {"total_tokens", row.total_tokens}}},
                       {"stop_reason", row.stop_reason}};
    if (!row.error_details.empty()) shown["error_details"] = row.error_details;
    if (!row.input.empty()) {
        boost::system::error_code unreadable;
        json::value messages = json::parse(row.input, unreadable);
        shown["input_history"] = unreadable ? json::value(row.input) : std::move(messages);
    }
    if (!row.output.empty()) shown["output_message"] = row.output;
    return shown;
}

json::object model_entry(const std::string& provider, const std::string& model) {
    return {{"id", provider + "/" + model},
            {"object", "model"},
            {"created", 0},
            {"owned_by", provider}};
}

}  // namespace

http::Reply health_reply() {
    return json_reply({{"status", "ok"}});
}

http::Reply metrics_reply(const Metrics& metrics) {
    return {.status = 200,
            .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
            .body = metrics.scrape()};
}

http::Reply models_reply(const store::Config& config, std::string_view query) {
    std::string only;
    for (auto& [name, value] : http::parse_query(query))
        if (name == "provider") only = value;

    json::array listed;
    for (const store::ProviderConfig& provider : config.providers) {
        if (!only.empty() && provider.name != only) continue;
        std::set<std::string> models(provider.models.begin(), provider.models.end());
        for (const store::KeyConfig& key : provider.keys)
            models.insert(key.models.begin(), key.models.end());
        models.erase("*");
        for (const std::string& model : models)
            listed.emplace_back(model_entry(provider.name, model));
    }
    return json_reply({{"object", "list"}, {"data", std::move(listed)}});
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
        return error_reply(404, fmt::format("Plugin not found: {}", name));
    return json_reply(to_json(*found));
}

http::Reply logs_reply(const store::RequestLog& log, std::string_view query) {
    auto read = read_log_query(query);
    if (auto* bad = std::get_if<BadParameter>(&read))
        return error_reply(400, std::move(bad->message), std::move(bad->parameter));
    const auto& wanted = std::get<store::LogQuery>(read);
    const store::LogPage page = log.query(wanted);

    json::array rows;
    for (const store::LogRow& row : page.rows) rows.emplace_back(to_json(row));
    return json_reply({{"logs", std::move(rows)},
                       {"pagination",
                        {{"limit", wanted.limit},
                         {"offset", wanted.offset},
                         {"sort_by", wanted.sort_by},
                         {"order", wanted.ascending ? "asc" : "desc"},
                         {"total_count", page.total_count}}},
                       {"stats",
                        {{"total_requests", page.total_count},
                         {"success_rate", page.success_rate},
                         {"average_latency", page.average_latency_ms},
                         {"total_tokens", page.total_tokens}}},
                       {"has_logs", page.total_count > 0}});
}

}  // namespace sluice::gateway
