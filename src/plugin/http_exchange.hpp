#pragma once

#include "plugin/host_patterns.hpp"

#include <sluice/http.hpp>

#include <string_view>

namespace sluice {

/// Where requests may go.
struct HttpPolicy {
    HostPatterns hosts;
    /// For hosts that a wildcard fits; those that are written out may be anywhere.
    HttpAddresses behind_wildcards = HttpAddresses::public_only;
    std::string_view setting = "the manifest's allowed_hosts";  ///< what messages call `hosts`
};

/// Leaves out the headers that belong to the connection.
/// Errors: \throws Error invalid_input for a method or header that cannot be sent.
void prepare_http_request(HttpRequest& request);

/// Sends `request` and follows up to ten redirects, each checked before anything is sent.
///
/// Headers that belong to the connection are left out (Fetch's forbidden ones). A POST becomes a
/// GET at 301 and 302, everything at 303; Authorization and Cookie stay behind when a redirect
/// leads to another origin.
/// Blocks and errors: as `client`; \throws Error invalid_input for a request that cannot be sent or
/// may not be.
HttpResponse exchange(const HttpClient& client, HttpRequest request, HttpLimits limits,
                      const HttpPolicy& policy);

}  // namespace sluice
