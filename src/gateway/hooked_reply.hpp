#pragma once

#include "gateway/plugin_chain.hpp"
#include "http/asio_types.hpp"
#include "http/head.hpp"
#include "http/reply.hpp"

#include <functional>
#include <string_view>

namespace sluice::gateway {

/// The HTTP hooks of all plug-ins around an answer of the gateway's own, which `make` makes of the
/// request that they let pass. A short circuit is the answer, as around a chat completion: the post
/// hooks do not run behind it.
///
/// Takes references: they belong to the awaiting frame.
http::Task<http::Reply> hooked_reply(PluginRuntime& plugins, std::string_view request_id,
                                     const http::RequestHead& head, std::string_view body,
                                     std::function<http::Reply(const HttpRequestData&)> make);

}  // namespace sluice::gateway
