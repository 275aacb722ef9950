#include "http/query.hpp"

#include <charconv>
#include <optional>

namespace sluice::http {

namespace {

std::optional<char> escaped_byte(std::string_view digits) {
    unsigned value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value, 16);
    if (digits.size() != 2 || error != std::errc() || stopped != end) return std::nullopt;
    return static_cast<char>(value);
}

std::string decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = text[at] == '%' ? escaped_byte(text.substr(at + 1, 2)) : std::nullopt;
        if (byte) {
            decoded += *byte;
            at += 2;
        } else {
            decoded += text[at] == '+' ? ' ' : text[at];
        }
    }
    return decoded;
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (const char each : text) {
        if (plain.find(each) != std::string_view::npos) {
            out += each;
            continue;
        }
        const auto byte = static_cast<unsigned char>(each);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        pairs.emplace_back(decode(pair.substr(0, equals)), decode(value));
    }
    return pairs;
}

std::string format_query(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::string query;
    for (const auto& [key, value] : pairs) {
        if (!query.empty()) query += '&';
        append_encoded(query, key);
        query += '=';
        append_encoded(query, value);
    }
    return query;
}

}  // namespace sluice::http
