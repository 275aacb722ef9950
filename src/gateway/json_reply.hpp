#pragma once

#include "http/reply.hpp"

#include <boost/json.hpp>

namespace sluice::gateway {

/// What a management route answers. For routes that are off the path of requests: it is a DOM.
inline http::Reply json_reply(const boost::json::value& body, int status = 200) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = boost::json::serialize(body)};
}

}  // namespace sluice::gateway
