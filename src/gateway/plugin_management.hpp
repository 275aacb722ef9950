#pragma once

#include "gateway/plugin_registry.hpp"
#include "http/head.hpp"
#include "http/reply.hpp"
#include "store/config.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace sluice::gateway {

/// A plug-in as the management API shows it. Values of secrets in its configuration are left out.
/// Source: the facts page of the gateway, 5.6.
boost::json::object to_json(const LoadedPlugin& loaded);

/// GET /api/plugins.
http::Reply plugins_reply(const PluginSet& set);

/// GET /api/plugins/{name}; 404 when there is none of that name.
http::Reply plugin_reply(const PluginSet& set, std::string_view name);

/// Whether a request to /api/plugins would change something.
bool changes_plugins(std::string_view method) noexcept;

/// The answer to those who may not change plug-ins: where others than this machine could, unless
/// the configuration allows it, and for what a web page could make a browser send.
std::optional<http::Reply> refuse_change(const store::ServerConfig& server,
                                         const http::RequestHead& head);

/// POST /api/plugins, PUT and DELETE /api/plugins/{name}.
/// Blocks: compiles; never on an I/O thread.
/// Errors: \throws Error invalid_input for a body that cannot be read.
http::Reply change_plugins(PluginRegistry& plugins, std::string_view method, std::string_view name,
                           std::string_view body);

}  // namespace sluice::gateway
