#include "store/redis/address.hpp"

#include <charconv>

namespace sluice::store {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::optional<std::string> decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        unsigned byte = 0;
        const std::string_view digits = text.substr(i + 1, 2);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (error != std::errc() || end != digits.data() + 2) return std::nullopt;
        plain += static_cast<char>(byte);
        i += 2;
    }
    return plain;
}

bool read_login(std::string_view text, RedisAddress& address) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    const auto user = decoded(text.substr(0, colon));
    const auto password = decoded(text.substr(colon + 1));
    if (!user || !password) return false;
    address.user = *user;
    address.password = *password;
    return true;
}

bool read_host(std::string_view text, RedisAddress& address) {
    const bool brackets = text.starts_with('[');
    const std::size_t end = brackets ? text.find(']') : std::min(text.find(':'), text.size());
    if (end == std::string_view::npos) return false;
    address.host = brackets ? text.substr(1, end - 1) : text.substr(0, end);
    const std::string_view rest = text.substr(brackets ? end + 1 : end);
    if (address.host.empty()) return false;
    if (rest.empty()) return true;
    return rest.starts_with(':') && read_number(rest.substr(1), address.port) && address.port != 0;
}

}  // namespace

std::optional<RedisAddress> parse_redis_url(std::string_view text) {
    constexpr std::string_view scheme = "redis://";
    if (!text.starts_with(scheme)) return std::nullopt;
    text.remove_prefix(scheme.size());
    RedisAddress address;
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const std::string_view database = text.substr(slash + 1);
        if (!database.empty() && !read_number(database, address.database)) return std::nullopt;
        text = text.substr(0, slash);
    }
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        if (!read_login(text.substr(0, at), address)) return std::nullopt;
        text.remove_prefix(at + 1);
    }
    if (!read_host(text, address)) return std::nullopt;
    return address;
}

}  // namespace sluice::store
