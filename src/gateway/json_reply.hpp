#pragma once

#include "http/reply.hpp"

#include <boost/json/value.hpp>

namespace sluice::gateway {

/// What a management route answers. For routes that are off the path of requests: it is a DOM.
http::Reply json_reply(const boost::json::value& body, int status = 200);

}  // namespace sluice::gateway
