#include "base/uuid.hpp"

#include <cstddef>
#include <string_view>

namespace sluice {

Uuid make_uuid(std::uint64_t high, std::uint64_t low) noexcept {
    high = (high & ~0xF000ULL) | 0x4000ULL;          // version 4
    low = (low & ~(0x3ULL << 62)) | (0x2ULL << 62);  // the RFC's variant
    Uuid uuid{};
    for (std::size_t i = 0; i < 8; ++i) {
        uuid[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
        uuid[i + 8] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
    }
    return uuid;
}

void assign_uuid(std::string& text, const Uuid& uuid) {
    constexpr std::string_view digits = "0123456789abcdef";
    text.assign(36, '-');
    std::size_t at = 0;
    for (const std::uint8_t byte : uuid) {
        if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
        text[at++] = digits[byte >> 4];
        text[at++] = digits[byte & 0xF];
    }
}

}  // namespace sluice
