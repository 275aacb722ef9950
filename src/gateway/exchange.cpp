#include "gateway/exchange.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway {

bool is_sound_request_id(std::string_view id) noexcept {
    constexpr std::size_t longest = 128;
    const auto is_visible = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
    return !id.empty() && id.size() <= longest && std::ranges::all_of(id, is_visible);
}

void assign_uuid(std::string& text, std::uint64_t high, std::uint64_t low) {
    constexpr std::string_view digits = "0123456789abcdef";
    high = (high & ~0xF000ULL) | 0x4000ULL;          // version 4
    low = (low & ~(0x3ULL << 62)) | (0x2ULL << 62);  // RFC 9562's variant
    text.assign(36, '-');
    std::size_t at = 0;
    for (const std::uint64_t half : {high, low}) {
        for (int shift = 60; shift >= 0; shift -= 4) {
            if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
            text[at++] = digits[(half >> shift) & 0xF];
        }
    }
}

void Exchange::clear() {
    constexpr std::size_t kept_bytes = 4096;
    Exchange fresh;
    for (std::string Exchange::* text : {&Exchange::request_id, &Exchange::model, &Exchange::error,
                                         &Exchange::input, &Exchange::output}) {
        if ((this->*text).capacity() > kept_bytes) continue;
        (fresh.*text).swap(this->*text);
        (fresh.*text).clear();
    }
    std::swap(*this, fresh);  // assigning would keep the memory of the large ones
}

}  // namespace sluice::gateway
