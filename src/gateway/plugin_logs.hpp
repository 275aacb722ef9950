#pragma once

#include "gateway/plugin_set.hpp"
#include "http/reply.hpp"

#include <string_view>

namespace sluice::gateway {

/// GET /api/plugins/{name}/logs: the last lines that the plug-in printed and that the gateway
/// logged about its hooks, behind the line whose number is the query's `after`.
http::Reply plugin_logs_reply(const PluginSet& set, std::string_view name, std::string_view query);

}  // namespace sluice::gateway
