#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace sluice {

/// What counts as plain besides the characters of ASCII.
enum class PlainBytes {
    ascii,  ///< nothing
    utf8,   ///< bytes from 0x80 on, whatever they are
};

/// Behind the bytes that a JSON string may hold as they are: at a quote, a backslash, a control
/// character, a byte that is not plain, or `end`. Eight bytes a step.
template <PlainBytes plain>
const char* skip_plain(const char* at, const char* end) noexcept {
    constexpr auto each = [](unsigned char byte) { return 0x0101010101010101ULL * byte; };
    // The highest bit of each byte that is zero; exact for the lowest such byte, which is all we
    // use.
    constexpr auto zero_bytes = [](std::uint64_t word) {
        return (word - 0x0101010101010101ULL) & ~word & 0x8080808080808080ULL;
    };
    constexpr bool stops_above_ascii = plain == PlainBytes::ascii;
    // Little-endian order finds the first one.
    if constexpr (std::endian::native == std::endian::little) {
        while (end - at >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, at, 8);
            std::uint64_t found = ((word - each(0x20)) & ~word & each(0x80)) |
                                  zero_bytes(word ^ each('"')) | zero_bytes(word ^ each('\\'));
            if constexpr (stops_above_ascii) found |= word & each(0x80);
            if (found != 0) return at + std::countr_zero(found) / 8;
            at += 8;
        }
    }
    const auto is_plain = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return c != '"' && c != '\\' && byte >= 0x20 && (!stops_above_ascii || byte < 0x80);
    };
    while (at != end && is_plain(*at)) ++at;
    return at;
}

}  // namespace sluice
