#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::bench {

struct LoadOptions {
    std::uint16_t port = 0;
    std::size_t connections = 16;
    std::size_t requests = 10'000;  ///< plain: in all; streams: a connection
    std::string path = "/v1/chat/completions";
    std::string body{};
};

/// The bytes of one request.
std::string request_text(const LoadOptions& options);

/// Sends `requests` requests over `connections` kept connections, one under way on each.
/// What it found, as JSON. Errors: \throws std::runtime_error when a server closes or does not
/// answer 200: a figure over failures would be none.
std::string run_plain(const LoadOptions& options);

}  // namespace sluice::bench
