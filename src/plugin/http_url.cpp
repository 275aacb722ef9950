#include "plugin/http_url.hpp"

#include "base/ascii.hpp"
#include "plugin/ip_address.hpp"

#include <sluice/error.hpp>

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t max_host_bytes = 253;  // of a name, RFC 1035
constexpr std::size_t max_shown_bytes = 256;

/// A URL in libcurl's hands.
class CurlUrl {
  public:
    /// Messages begin with `what`.
    explicit CurlUrl(std::string what) : handle_(curl_url()), what_(std::move(what)) {
        if (!handle_) throw std::bad_alloc();
    }

    [[noreturn]] void refuse(std::string_view problem) const {
        throw Error(ErrorCode::invalid_input, fmt::format("{}: {}", what_, problem));
    }

    /// Empties it when `value` is null.
    void set(CURLUPart part, const char* value) {
        // As browsers and curl itself read the URLs of careless servers.
        constexpr unsigned lenient = CURLU_URLENCODE | CURLU_ALLOW_SPACE;
        const unsigned flags = part == CURLUPART_URL ? lenient : 0;
        const CURLUcode code = curl_url_set(handle_.get(), part, value, flags);
        if (code != CURLUE_OK) refuse(curl_url_strerror(code));
    }
    void set(std::string_view text) {
        const std::string terminated(text);
        if (std::strlen(terminated.c_str()) != terminated.size()) refuse("it holds a zero byte");
        set(CURLUPART_URL, terminated.c_str());
    }

    /// Empty when there is no such part.
    std::string get(CURLUPart part, unsigned flags = 0) const {
        char* found = nullptr;
        const CURLUcode code = curl_url_get(handle_.get(), part, &found, flags);
        const std::unique_ptr<char, decltype(&curl_free)> text(found, &curl_free);
        if (code == CURLUE_OK) return text.get();
        if (code == CURLUE_NO_PORT || code == CURLUE_NO_ZONEID || code == CURLUE_NO_HOST) return {};
        refuse(curl_url_strerror(code));
    }

  private:
    struct Delete {
        void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
    };
    std::unique_ptr<CURLU, Delete> handle_;
    std::string what_;
};

std::string host_of(const CurlUrl& url) {
    std::string host = lower_case(url.get(CURLUPART_HOST));
    if (host.ends_with('.')) host.pop_back();
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (const auto address = IpAddress::parse(host)) return address->text();
    return host;
}

/// Whether resolvers may take a host for an IPv4 address though it is in none of its spellings.
/// Source: WHATWG URL, "ends in a number".
bool ends_in_number(std::string_view host) {
    const std::string_view last = host.substr(host.rfind('.') + 1);
    if (last.starts_with("0x")) return true;
    return !last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos;
}

void check_host(const CurlUrl& url, std::string_view host) {
    if (host.empty() || host.ends_with('.')) url.refuse("it has no host");
    // libcurl would convert it by the rules of the process's locale: to this today, to that
    // tomorrow.
    if (std::ranges::any_of(host, [](char c) { return static_cast<unsigned char>(c) > 0x7E; }))
        url.refuse("its host is not in ASCII; write it in Punycode, xn--...");
    if (host.size() > max_host_bytes) url.refuse("its host is too long");
    if (ends_in_number(host) && !IpAddress::parse(host)) url.refuse("its host is no IPv4 address");
}

HttpUrl normalised(CurlUrl& url) {
    const std::string scheme = url.get(CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https")
        url.refuse(fmt::format("its scheme must be http or https, not {}", scheme));
    if (!url.get(CURLUPART_ZONEID).empty()) url.refuse("its address has a zone");
    HttpUrl made;
    made.host = host_of(url);
    const bool brackets = made.host.find(':') != std::string::npos;
    const std::string host = brackets ? fmt::format("[{}]", made.host) : made.host;
    url.set(CURLUPART_HOST, host.c_str());
    made.text = url.get(CURLUPART_URL);
    made.origin =
        fmt::format("{}://{}:{}", scheme, host, url.get(CURLUPART_PORT, CURLU_DEFAULT_PORT));
    for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
                                 CURLUPART_QUERY, CURLUPART_FRAGMENT})
        url.set(part, nullptr);
    made.shown = url.get(CURLUPART_URL);
    if (made.shown.size() > max_shown_bytes) made.shown = made.shown.substr(0, max_shown_bytes);
    return made;
}

HttpUrl parsed(CurlUrl url) {
    // Twice: without the dot at its end, `127.1.` is another spelling of an address.
    url.set(normalised(url).text);
    HttpUrl made = normalised(url);
    check_host(url, made.host);
    return made;
}

}  // namespace

HttpUrl parse_http_url(std::string_view text) {
    CurlUrl url("invalid URL");
    url.set(text);
    return parsed(std::move(url));
}

HttpUrl resolve_http_url(const HttpUrl& base, std::string_view location) {
    CurlUrl url(fmt::format("invalid URL in a redirect by '{}'", base.shown));
    url.set(base.text);
    url.set(location);
    return parsed(std::move(url));
}

}  // namespace sluice
