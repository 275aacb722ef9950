#include "gateway/management_call.hpp"

#include "gateway/blocking.hpp"
#include "gateway/edge.hpp"
#include "gateway/hooked_reply.hpp"
#include "gateway/management.hpp"
#include "gateway/plugin_logs.hpp"
#include "gateway/plugin_management.hpp"
#include "gateway/worker.hpp"
#include "http/query.hpp"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>

namespace sluice::gateway {

/// A route of the API that clients use: plug-ins see it, other than those that manage the gateway.
http::Task<http::Reply> ManagementCall::models() {
    const store::Config& config = worker_.shared().config;
    const std::shared_ptr<PluginRuntime> plugins = worker_.plugins();
    if (!plugins) co_return models_reply(config, head_.query());
    std::function<http::Reply(const HttpRequestData&)> make =
        [&config](const HttpRequestData& request) {
            return models_reply(config, http::format_query(request.query));
        };
    co_return co_await hooked_reply(*plugins, exchange_.request_id, head_, body_, std::move(make));
}

http::Task<http::Reply> ManagementCall::plugins() {
    Shared& shared = worker_.shared();
    const std::string_view name = exchange_.route.parameter;
    if (!changes_plugins(head_.method())) {
        const auto set = shared.plugins.set();
        co_return name.empty() ? plugins_reply(*set) : plugin_reply(*set, name);
    }
    if (auto refusal = refuse_change(shared.config.server, head_)) co_return *std::move(refusal);
    std::function<http::Reply()> change = [&shared, method = std::string(head_.method()),
                                           name = std::string(name), body = std::string(body_)] {
        return change_plugins(shared.plugins, method, name, body);
    };
    co_return co_await run_blocking(shared.compiling, std::move(change));
}

http::Task<http::Reply> ManagementCall::logs() {
    Shared& shared = worker_.shared();
    if (!shared.log) co_return error_reply(own_error(404, "the request log is off"));
    std::function<http::Reply()> read = [&shared, query = std::string(head_.query())] {
        return logs_reply(*shared.log, query);
    };
    co_return co_await run_blocking(shared.blocking, std::move(read));
}

http::Task<http::Reply> ManagementCall::reply() {
    if (!exchange_.route.allow.empty()) {
        http::Reply reply = error_reply(own_error(
            405, fmt::format("{} is served for {} only", head_.path(), exchange_.route.allow)));
        reply.headers.emplace_back("Allow", exchange_.route.allow);
        co_return reply;
    }
    switch (exchange_.route.endpoint) {
        case Endpoint::health:
            co_return health_reply();
        case Endpoint::metrics:
            co_return metrics_reply(worker_.shared().metrics);
        case Endpoint::models:
            co_return co_await models();
        case Endpoint::plugins:
        case Endpoint::plugin:
            co_return co_await plugins();
        case Endpoint::plugin_logs:
            co_return plugin_logs_reply(*worker_.shared().plugins.set(), exchange_.route.parameter,
                                        head_.query());
        case Endpoint::logs:
            co_return co_await logs();
        case Endpoint::chat_completions:
        case Endpoint::unknown:
            break;
    }
    co_return error_reply(
        own_error(404, fmt::format("invalid URL ({} {})", head_.method(), head_.path())));
}

}  // namespace sluice::gateway
