#include "gateway/hooked_reply.hpp"

#include "gateway/plugin_http_codec.hpp"

#include <optional>
#include <utility>

namespace sluice::gateway {

using hooks::Phase;

http::Task<http::Reply> hooked_reply(PluginRuntime& plugins, std::string_view request_id,
                                     const http::RequestHead& head, std::string_view body,
                                     std::function<http::Reply(const HttpRequestData&)> make) {
    RequestHooks hooks(plugins, request_id,
                       [&head](std::string_view name) { return head.find(name); });
    if (hooks.selective()) hooks.select({.route = head.path()});
    HttpRequestData request = http_request_data(head, body);
    std::optional<HttpResponseData> refusal;
    if (hooks.takes_part(Phase::http_pre)) refusal = co_await hooks.http_pre(request);
    if (refusal)
        co_return http::Reply{.status = refusal->status,
                              .headers = std::move(refusal->headers),
                              .body = std::move(refusal->body)};
    http::Reply reply = make(request);
    if (!hooks.takes_part(Phase::http_post)) co_return reply;
    HttpResponseData response{
        .status = reply.status, .headers = std::move(reply.headers), .body = std::move(reply.body)};
    co_await hooks.http_post(request, response);
    reply.status = response.status;
    reply.headers = std::move(response.headers);
    reply.body = std::move(response.body);
    co_return reply;
}

}  // namespace sluice::gateway
