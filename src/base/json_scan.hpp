#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// Where a JSON string ends and what it holds.
struct JsonString {
    const char* end;       ///< behind the closing quote, or at the fault
    bool sound = false;    ///< closed, no control characters, no unknown escapes
    bool escaped = false;  ///< whether unescaping would change it
};

/// `at` stands on the opening quote. Reads nothing at or behind `end`.
JsonString scan_json_string(const char* at, const char* end) noexcept;

/// Behind the number that starts at `at`; null when there is none. Source: RFC 8259, section 6.
const char* scan_json_number(const char* at, const char* end) noexcept;

/// Appends what the inside of a sound JSON string says. Lone surrogates become U+FFFD.
void append_unescaped(std::string& out, std::string_view inside);

/// Appends a Unicode code point. Source: RFC 3629, section 3.
void append_utf8(std::string& out, std::uint32_t point);

}  // namespace sluice
