#pragma once

#include "gateway/plugin_set.hpp"
#include "http/reply.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace sluice::gateway {

/// A plug-in as the management API shows it. Values of secrets in its configuration are left out.
/// Source: the facts page of the gateway, 5.6.
boost::json::object to_json(const LoadedPlugin& loaded);

/// GET /api/plugins.
http::Reply plugins_reply(const PluginSet& set);

/// GET /api/plugins/{name}; 404 when there is none of that name.
http::Reply plugin_reply(const PluginSet& set, std::string_view name);

}  // namespace sluice::gateway
