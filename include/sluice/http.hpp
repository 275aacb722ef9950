#pragma once

#include <sluice/bytes.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>

namespace sluice {

/// Names and values.
using HttpHeaders = std::map<std::string, std::string, std::less<>>;

/// A request as it goes out. Lifetime: of `body`, whoever made the request.
struct HttpRequest {
    std::string method = "GET";
    std::string url{};  ///< absolute, `http` or `https`; may hold a user's name and password
    HttpHeaders headers{};
    ByteView body{};
};

/// What came back, whatever its status.
struct HttpResponse {
    int status = 0;
    /// Names in lower case; the values of one that is repeated joined with ", ".
    HttpHeaders headers{};
    Bytes body{};
};

/// Where a name may lead once it is resolved.
enum class HttpAddresses {
    any,
    public_only,  ///< not to this machine, its networks or its cloud's metadata service
};

/// Bounds of one exchange.
struct HttpLimits {
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    std::stop_token cancel{};                     ///< may be asked to stop from any thread
    std::uint64_t max_response_bytes = 50 << 20;  ///< of the body, decoded
    HttpAddresses addresses = HttpAddresses::any;
};

/// Sends one request and gives its response. Does not follow redirects: whoever calls it checks
/// where they lead first. `limits.addresses` is a promise about the address that is connected to;
/// a client that does not keep it lets a name's owner lead plug-ins into the inner network.
///
/// Threads: those of the plug-ins that share it, at the same time.
/// Blocks: until the response is complete, at most until the deadline.
/// Errors: \throws Error unavailable, timeout, cancelled, or memory_limit for a response beyond its
///     bound. Messages hold no query and no password.
using HttpClient =
    std::function<HttpResponse(const HttpRequest& request, const HttpLimits& limits)>;

}  // namespace sluice
