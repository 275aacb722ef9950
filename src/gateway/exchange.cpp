#include "gateway/exchange.hpp"

#include <algorithm>

namespace sluice::gateway {

bool is_sound_request_id(std::string_view id) noexcept {
    constexpr std::size_t longest = 128;
    const auto is_visible = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
    return !id.empty() && id.size() <= longest && std::ranges::all_of(id, is_visible);
}

std::string make_uuid(std::uint64_t high, std::uint64_t low) {
    constexpr std::string_view digits = "0123456789abcdef";
    high = (high & ~0xF000ULL) | 0x4000ULL;          // version 4
    low = (low & ~(0x3ULL << 62)) | (0x2ULL << 62);  // RFC 9562's variant
    std::string text(36, '-');
    std::size_t at = 0;
    for (const std::uint64_t half : {high, low}) {
        for (int shift = 60; shift >= 0; shift -= 4) {
            if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
            text[at++] = digits[(half >> shift) & 0xF];
        }
    }
    return text;
}

}  // namespace sluice::gateway
