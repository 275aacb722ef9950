#include "base/json_text.hpp"

#include <simdjson.h>
#include "base/json_plain.hpp"

#include <cstddef>

namespace sluice {
namespace {

/// The length of the UTF-8 sequence that `text` begins with; 0 when it is none.
/// Source: RFC 3629, section 4.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(1) < 0x90;
        const bool too_high = first == 0xF4 && byte(1) > 0x8F;
        return tail(1) && tail(2) && tail(3) && !overlong && !too_high ? 4 : 0;
    }
    return 0;
}

void append_escape(std::string& json, unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (byte) {
        case '"':
            json += "\\\"";
            return;
        case '\\':
            json += "\\\\";
            return;
        case '\b':
            json += "\\b";
            return;
        case '\f':
            json += "\\f";
            return;
        case '\n':
            json += "\\n";
            return;
        case '\r':
            json += "\\r";
            return;
        case '\t':
            json += "\\t";
            return;
        default:
            break;
    }
    json += "\\u00";
    json += digits[byte >> 4U];
    json += digits[byte & 0xFU];
}

}  // namespace

void append_json_text(std::string& json, std::string_view text) {
    json += '"';
    std::size_t at = 0;
    while (at < text.size()) {
        const char* const from = text.data() + at;
        const char* const plain = skip_plain<PlainBytes::ascii>(from, text.data() + text.size());
        json.append(from, plain);
        at += static_cast<std::size_t>(plain - from);
        if (at == text.size()) break;
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            append_escape(json, byte);
            ++at;
        } else if (const std::size_t length = sequence_length(text.substr(at)); length > 0) {
            json.append(text, at, length);
            at += length;
        } else {
            json += "\xEF\xBF\xBD";
            ++at;
        }
    }
    json += '"';
}

bool is_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

std::string json_text(std::string_view text) {
    std::string json;
    json.reserve(text.size() + 2);
    append_json_text(json, text);
    return json;
}

}  // namespace sluice
