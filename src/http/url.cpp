#include "http/url.hpp"

#include "base/ascii.hpp"

#include <sluice/error.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::http {
namespace {

[[noreturn]] void refuse(std::string_view must, std::string_view text) {
    // A text with an @ may hold a password: it is not shown.
    const bool may_hold_a_secret = text.find('@') != std::string_view::npos;
    throw Error(ErrorCode::invalid_input,
                "must be " + std::string(must) +
                    (may_hold_a_secret ? "" : ", not \"" + std::string(text) + "\""));
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    });
}

bool is_ipv6(std::string_view host) {
    boost::system::error_code fault;
    boost::asio::ip::make_address_v6(std::string(host), fault);
    return !fault;
}

std::uint16_t read_port(std::string_view digits, std::string_view text) {
    std::uint16_t port = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, fault] = std::from_chars(digits.data(), end, port);
    if (digits.empty() || stop != end || fault != std::errc() || port == 0)
        refuse("a URL with a port from 1 to 65535", text);
    return port;
}

std::string bracketed(std::string_view host) {
    if (host.find(':') == std::string_view::npos) return std::string(host);
    return "[" + std::string(host) + "]";
}

}  // namespace

std::string BaseUrl::endpoint() const {
    return bracketed(host) + ":" + std::to_string(port);
}

std::string BaseUrl::authority() const {
    const std::uint16_t usual = scheme == Scheme::https ? 443 : 80;
    return port == usual ? bracketed(host) : endpoint();
}

BaseUrl parse_base_url(std::string_view text) {
    constexpr std::string_view shape = "a URL like https://host:port/path";
    BaseUrl url;
    const std::size_t mark = text.find("://");
    const std::string scheme = lower_case(text.substr(0, mark));
    if (mark == std::string_view::npos || (scheme != "http" && scheme != "https"))
        refuse("a URL that begins with http:// or https://", text);
    url.scheme = scheme == "https" ? Scheme::https : Scheme::http;
    url.port = url.scheme == Scheme::https ? 443 : 80;

    const std::string_view rest = text.substr(mark + 3);
    const auto is_no_part = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    };
    if (std::any_of(rest.begin(), rest.end(), is_no_part)) refuse("a URL without blanks", text);
    if (rest.find_first_of("?#") != std::string_view::npos)
        refuse("a URL without query and fragment", text);
    const std::size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    if (authority.find('@') != std::string_view::npos)
        refuse("a URL without user and password; keys have their own place in the configuration",
               text);

    if (authority.starts_with('[')) {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos || !is_ipv6(authority.substr(1, close - 1)))
            refuse("a URL with an IPv6 address in its brackets", text);
        url.host = lower_case(authority.substr(1, close - 1));
        authority.remove_prefix(close + 1);
        if (!authority.empty() && authority.front() != ':') refuse(shape, text);
    } else {
        url.host = lower_case(authority.substr(0, authority.find(':')));
        authority.remove_prefix(url.host.size());
        if (!is_host_name(url.host)) refuse("a URL with a host name or address", text);
    }
    if (!authority.empty()) url.port = read_port(authority.substr(1), text);
    if (slash != std::string_view::npos) url.path = rest.substr(slash);
    while (url.path.ends_with('/')) url.path.pop_back();
    return url;
}

}  // namespace sluice::http
