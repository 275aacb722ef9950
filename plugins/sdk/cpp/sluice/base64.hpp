#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Standard base64 with padding, as the gateway sends bodies.
namespace sluice {
namespace detail {

inline constexpr std::string_view base64_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace detail

/// Empty when `text` is not standard base64.
inline std::optional<std::string> decode_base64(std::string_view text) {
    static const auto values = [] {
        std::array<std::uint8_t, 256> table{};
        table.fill(0xff);
        for (std::size_t i = 0; i < detail::base64_letters.size(); ++i) {
            table[static_cast<unsigned char>(detail::base64_letters[i])] =
                static_cast<std::uint8_t>(i);
        }
        return table;
    }();
    const std::size_t end = text.find_last_not_of('=') + 1;  // npos + 1 is 0: nothing but padding
    if (text.size() - end > 2 || end % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(end / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char letter : text.substr(0, end)) {
        const std::uint8_t value = values[static_cast<unsigned char>(letter)];
        if (value == 0xff) return std::nullopt;
        bits = bits << 6 | value;
        held += 6;
        if (held >= 8) bytes.push_back(static_cast<char>(bits >> (held -= 8)));
    }
    return bytes;
}

inline std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text.push_back(i <= group.size() ? detail::base64_letters[bits >> (18 - 6 * i) & 63]
                                             : '=');
        }
    }
    return text;
}

}  // namespace sluice
