#include "gateway/management.hpp"

#include "base/ascii.hpp"
#include "gateway/json_reply.hpp"
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

http::Reply error_reply(int status, std::string message, std::string param = {}) {
    const llm::ApiError error{.status = status,
                              .type = std::string(llm::error_type_of(status)),
                              .message = std::move(message),
                              .param = std::move(param)};
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = llm::to_json(error)};
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
