#include "plugin/http_exchange.hpp"

#include "base/ascii.hpp"
#include "plugin/http_url.hpp"
#include "plugin/ip_address.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sluice {
namespace {

constexpr int max_redirects = 10;

/// What the client decides, or what would make two servers read two different requests.
constexpr std::array<std::string_view, 12> connection_headers{"connection",
                                                              "content-length",
                                                              "expect",
                                                              "host",
                                                              "http2-settings",
                                                              "keep-alive",
                                                              "proxy-authorization",
                                                              "proxy-connection",
                                                              "te",
                                                              "trailer",
                                                              "transfer-encoding",
                                                              "upgrade"};

constexpr std::array<std::string_view, 2> credentials{"authorization", "cookie"};

constexpr std::array<std::string_view, 4> body_headers{"content-encoding", "content-language",
                                                       "content-location", "content-type"};

template <std::size_t N>
void leave_out(HttpHeaders& headers, const std::array<std::string_view, N>& names) {
    std::erase_if(headers, [&](const auto& header) {
        return std::ranges::find(names, lower_case(header.first)) != names.end();
    });
}

/// Source: RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

/// Source: RFC 9110, section 5.5. A line break would begin a header of its own.
bool is_header_value(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    });
}

void check(const HttpRequest& request) {
    if (!is_token(request.method))
        throw Error(ErrorCode::invalid_input, "HTTP request: the method is not a token");
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name))
            throw Error(ErrorCode::invalid_input, "HTTP request: a header's name is not a token");
        if (!is_header_value(value))
            throw Error(ErrorCode::invalid_input,
                        fmt::format("HTTP request: the header `{}` holds control bytes", name));
    }
}

[[noreturn]] void deny(const HttpUrl& url, const HttpUrl* redirected_by, std::string_view reason) {
    throw Error(ErrorCode::invalid_input,
                fmt::format("HTTP request to URL '{}' is not allowed{}: {}", url.shown,
                            redirected_by == nullptr
                                ? ""
                                : fmt::format(" (redirected by '{}')", redirected_by->shown),
                            reason));
}

/// Which addresses `url` may lead to. Errors: \throws Error when it is not allowed.
HttpAddresses checked(const HttpPolicy& policy, const HttpUrl& url, const HttpUrl* redirected_by) {
    const HostMatch match = policy.hosts.match(url.host);
    if (policy.hosts.empty()) deny(url, redirected_by, fmt::format("{} is empty", policy.setting));
    if (match == HostMatch::none)
        deny(url, redirected_by,
             fmt::format("no entry of {} fits the host `{}`", policy.setting, url.host));
    if (match == HostMatch::named || policy.behind_wildcards == HttpAddresses::any)
        return HttpAddresses::any;
    const std::optional<IpAddress> address = IpAddress::parse(url.host);
    if (address && !address->is_public())
        deny(url, redirected_by,
             fmt::format("its address is private, which wildcards do not open; name it in {}",
                         policy.setting));
    return HttpAddresses::public_only;
}

std::optional<std::string> redirect_of(const HttpResponse& response) {
    const int status = response.status;
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308)
        return std::nullopt;
    const auto location = response.headers.find("location");
    if (location == response.headers.end() || location->second.empty()) return std::nullopt;
    return location->second;
}

/// Source: Fetch, "HTTP-redirect fetch".
void redirect(HttpRequest& request, int status, const HttpUrl& from, const HttpUrl& to) {
    const bool turns_to_get = ((status == 301 || status == 302) && request.method == "POST") ||
                              (status == 303 && request.method != "HEAD");
    if (turns_to_get) {
        request.method = "GET";
        request.body = {};
        leave_out(request.headers, body_headers);
    }
    if (to.origin != from.origin) leave_out(request.headers, credentials);
}

}  // namespace

void prepare_http_request(HttpRequest& request) {
    check(request);
    leave_out(request.headers, connection_headers);
}

HttpResponse exchange(const HttpClient& client, HttpRequest request, HttpLimits limits,
                      const HttpPolicy& policy) {
    prepare_http_request(request);
    HttpUrl url = parse_http_url(request.url);
    limits.addresses = checked(policy, url, nullptr);
    for (int redirects = 0;; ++redirects) {
        request.url = url.text;
        HttpResponse response = client(request, limits);
        if (response.body.size() > limits.max_response_bytes)
            throw Error(ErrorCode::memory_limit,
                        fmt::format("HTTP response exceeds the configured maximum number of bytes: "
                                    "{}",
                                    limits.max_response_bytes));
        const std::optional<std::string> location = redirect_of(response);
        if (!location) return response;
        if (redirects == max_redirects)
            throw Error(ErrorCode::unavailable,
                        fmt::format("HTTP request to {} failed: more than {} redirects", url.host,
                                    max_redirects));
        const HttpUrl next = resolve_http_url(url, *location);
        limits.addresses = checked(policy, next, &url);
        redirect(request, response.status, url, next);
        url = next;
    }
}

}  // namespace sluice
