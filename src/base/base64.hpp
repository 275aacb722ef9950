#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// How many characters `bytes` bytes take in base64, padding included.
constexpr std::size_t base64_size(std::size_t bytes) {
    return (bytes + 2) / 3 * 4;
}

/// Appends `bytes` in standard base64 (RFC 4648, section 4) with padding.
void append_base64(std::string& out, std::string_view bytes);

/// Puts the bytes that `text` stands for into `out`. Padding may be there or not.
///
/// Errors: false when `text` is not standard base64; `out` then holds nothing of use.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace sluice
