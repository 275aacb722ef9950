#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// An absolute URL of `http` or `https`, normalised: what is checked is what is asked.
struct HttpUrl {
    std::string text{};    ///< all of it, credentials included: for the client alone
    std::string shown{};   ///< for messages: without credentials, query and fragment, not too long
    std::string origin{};  ///< scheme, host and port
    /// Lower case, ASCII (Punycode stays as it is), without a dot at its end; an address in its
    /// usual spelling, IPv6 without brackets.
    std::string host{};
};

/// Errors: \throws Error invalid_input "invalid URL: ..."; the message repeats nothing of `text`.
/// Source: libcurl's URL API.
HttpUrl parse_http_url(std::string_view text);

/// Where a redirect leads that `base` answered with. Errors: as parse_http_url.
HttpUrl resolve_http_url(const HttpUrl& base, std::string_view location);

}  // namespace sluice
