#pragma once

#include "http/reply.hpp"
#include "store/config.hpp"
#include "store/request_log.hpp"

#include <string_view>

namespace sluice::gateway {

class Metrics;

/// The answers of the management routes. Pure functions of what they are given; the route table
/// calls them. Source: the facts page of the gateway, 5.1 and 5.6.

/// GET /health.
http::Reply health_reply();

/// GET /metrics.
http::Reply metrics_reply(const Metrics& metrics);

/// GET /v1/models: what the configuration names, as `provider/model`, in OpenAI's list shape.
/// `query` may narrow it with `provider=NAME`.
http::Reply models_reply(const store::Config& config, std::string_view query);

/// GET /api/logs with the filters of docs/configuration.md, "Request log"; 400 names a bad one.
/// Blocks: reads the database; never on an I/O thread.
/// Errors: \throws Error unavailable when the database cannot be read.
http::Reply logs_reply(const store::RequestLog& log, std::string_view query);

}  // namespace sluice::gateway
