#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace sluice {

using Uuid = std::array<std::uint8_t, 16>;

/// A UUID of version 4 out of 128 random bits. Source: RFC 9562, section 5.4.
Uuid make_uuid(std::uint64_t high, std::uint64_t low) noexcept;

/// Makes `text` "1b4e28ba-2fa1-41d2-883f-0016d3cca427".
void assign_uuid(std::string& text, const Uuid& uuid);

}  // namespace sluice
