#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace sluice {

/// Bytes that somebody else owns, valid as long as their owner says.
using ByteView = std::span<const std::byte>;

using Bytes = std::vector<std::byte>;

/// The bytes of a text. Lifetime: as long as the text.
inline ByteView as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// Bytes read as text; nothing is checked or copied. Lifetime: as long as the bytes.
inline std::string_view as_text(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace sluice
