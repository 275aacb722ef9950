#include "base/json_scan.hpp"

#include "base/json_plain.hpp"

#include <cstdint>

namespace sluice {
namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Four hexadecimal digits, or -1.
int hex4(const char* at, const char* end) noexcept {
    if (end - at < 4) return -1;
    int value = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hex_digit(at[i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/// `at` stands behind `\u`. Behind what was read: four digits, or ten for a surrogate pair.
const char* append_code_point(std::string& out, const char* at, const char* end) {
    constexpr std::uint32_t replacement = 0xFFFD;
    const auto unit = static_cast<std::uint32_t>(hex4(at, end));
    at += 4;
    if (unit < 0xD800 || unit > 0xDFFF) {
        append_utf8(out, unit);
        return at;
    }
    if (unit < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        const auto low = static_cast<std::uint32_t>(hex4(at + 2, end));
        if (low >= 0xDC00 && low <= 0xDFFF) {
            append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
            return at + 6;
        }
    }
    append_utf8(out, replacement);
    return at;
}

char unescaped(char letter) noexcept {
    switch (letter) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return letter;
    }
}

}  // namespace

JsonString scan_json_string(const char* at, const char* end) noexcept {
    bool escaped = false;
    ++at;
    for (;;) {
        at = skip_plain<PlainBytes::utf8>(at, end);
        if (at == end) return {at, false, escaped};
        if (*at == '"') return {at + 1, true, escaped};
        if (*at != '\\') return {at, false, escaped};
        escaped = true;
        if (end - at < 2) return {at, false, escaped};
        constexpr std::string_view letters = "\"\\/bfnrt";
        if (at[1] == 'u') {
            if (hex4(at + 2, end) < 0) return {at, false, escaped};
            at += 6;
        } else if (letters.find(at[1]) != std::string_view::npos) {
            at += 2;
        } else {
            return {at, false, escaped};
        }
    }
}

const char* scan_json_number(const char* at, const char* end) noexcept {
    const auto digits = [&at, end] {
        const char* before = at;
        while (at != end && *at >= '0' && *at <= '9') ++at;
        return at != before;
    };
    if (at != end && *at == '-') ++at;
    if (at != end && *at == '0')
        ++at;
    else if (!digits())
        return nullptr;
    if (at != end && *at == '.') {
        ++at;
        if (!digits()) return nullptr;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end && (*at == '+' || *at == '-')) ++at;
        if (!digits()) return nullptr;
    }
    return at;
}

void append_utf8(std::string& out, std::uint32_t point) {
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0 | point >> 6);
        put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        put(0xE0 | point >> 12);
        put(0x80 | (point >> 6 & 0x3F));
        put(0x80 | (point & 0x3F));
    } else {
        put(0xF0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3F));
        put(0x80 | (point >> 6 & 0x3F));
        put(0x80 | (point & 0x3F));
    }
}

void append_unescaped(std::string& out, std::string_view inside) {
    const char* at = inside.data();
    const char* const end = at + inside.size();
    for (;;) {
        const char* special = skip_plain<PlainBytes::utf8>(at, end);
        out.append(at, special);
        if (special == end) return;
        // The scan has seen to it that only a backslash with a known letter can stand here.
        at = special + 2;
        if (special[1] == 'u')
            at = append_code_point(out, at, end);
        else
            out.push_back(unescaped(special[1]));
    }
}

}  // namespace sluice
