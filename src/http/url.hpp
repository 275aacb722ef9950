#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::http {

enum class Scheme { http, https };

/// Where a provider lives: `https://api.example.com/v1`.
struct BaseUrl {
    Scheme scheme = Scheme::https;
    std::string host{};  ///< name or address, lower case, IPv6 without its brackets
    std::uint16_t port = 443;
    std::string
        path{};  ///< prefix of every request's path: empty, or `/…` without a slash at its end

    /// `host` or `host:port` as the Host field wants it: brackets around IPv6, no default port.
    std::string authority() const;
    /// `host:port` for messages and as a key.
    std::string endpoint() const;
    bool operator==(const BaseUrl&) const = default;
};

/// Errors: \throws Error invalid_input "must be …, not …": another scheme, no host, a port out of
///     range, user and password (not quoted, they are secrets), a query, a fragment, blanks.
BaseUrl parse_base_url(std::string_view text);

}  // namespace sluice::http
