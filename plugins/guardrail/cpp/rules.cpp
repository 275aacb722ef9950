#include "rules.hpp"

#include <algorithm>
#include <array>

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// <cctype> asks the locale; these have only ASCII in mind, and take bytes of UTF-8 for letters of a
// word.
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_alphanumeric(char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}
bool is_word(char c) {
    return is_alphanumeric(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
bool is_local(char c) {
    return is_alphanumeric(c) || std::string_view("._%+-").find(c) != std::string_view::npos;
}
bool is_domain(char c) {
    return is_alphanumeric(c) || c == '.' || c == '-';
}

bool has_word(std::string_view text, std::string_view word) {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    for (auto from = text.begin();;) {
        const auto found = std::search(from, text.end(), word.begin(), word.end(), same);
        if (found == text.end()) return false;
        const auto end = found + static_cast<std::ptrdiff_t>(word.size());
        if ((found == text.begin() || !is_word(found[-1])) && (end == text.end() || !is_word(*end)))
            return true;
        from = found + 1;
    }
}

/// In any key or text of the document: the place of a prompt differs between requests.
bool any_has_word(const Json& value, std::string_view word) {
    if (value.is_string()) return has_word(value.get_ref<const std::string&>(), word);
    if (!value.is_structured()) return false;
    return std::any_of(value.items().begin(), value.items().end(), [&](const auto& item) {
        return (value.is_object() && has_word(std::string_view(item.key()), word)) ||
               any_has_word(item.value(), word);
    });
}

std::size_t local_start(std::string_view text, std::size_t at, std::size_t lowest) {
    std::size_t start = at;
    while (start > lowest && is_local(text[start - 1])) --start;
    while (start < at && text[start] == '.') ++start;
    return start;
}

/// The end of a domain that starts at `start`: labels, a dot, at least two letters last. npos for
/// anything else.
std::size_t domain_end(std::string_view text, std::size_t start) {
    std::size_t end = start;
    while (end < text.size() && is_domain(text[end])) ++end;
    while (end > start && !is_alphanumeric(text[end - 1])) --end;
    const std::string_view host = text.substr(start, end - start);
    const std::size_t dot = host.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return std::string_view::npos;
    const std::string_view last = host.substr(dot + 1);
    return last.size() >= 2 && std::all_of(last.begin(), last.end(), is_letter)
               ? end
               : std::string_view::npos;
}

}  // namespace

std::optional<Rules> Rules::read(std::string_view config) {
    Rules rules;
    if (config.find_first_not_of(" \t\r\n") == std::string_view::npos) return rules;
    const Json json = parse(config);
    if (!json.is_object()) return std::nullopt;
    if (const Json* words = member(json, "blocked_words")) {
        if (!words->is_array()) return std::nullopt;
        rules.blocked_words.clear();
        for (const Json& word : *words) {
            if (!word.is_string()) return std::nullopt;
            if (!word.get_ref<const std::string&>().empty()) rules.blocked_words.push_back(word);
        }
    }
    if (const Json* message = member(json, "system_message")) {
        if (!message->is_string()) return std::nullopt;
        rules.system_message = *message;
    }
    return rules;
}

const std::string* Rules::blocked_word(std::string_view body) const {
    if (blocked_words.empty()) return nullptr;
    const Json json = parse(body);
    for (const std::string& word : blocked_words) {
        if (json.is_discarded() ? has_word(body, word) : any_has_word(json, word)) return &word;
    }
    return nullptr;
}

bool mask_addresses(std::string& text) {
    std::string masked;
    std::size_t kept = 0;  // what lies before is in `masked` already
    for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at + 1)) {
        const std::size_t start = local_start(text, at, kept);
        const std::size_t end = domain_end(text, at + 1);
        if (start == at || end == std::string_view::npos) continue;
        masked.append(text, kept, start - kept).append("[email]");
        kept = end;
    }
    if (kept == 0) return false;
    text = masked.append(text, kept);
    return true;
}

std::optional<std::string> decode_base64(std::string_view text) {
    static const auto values = [] {
        std::array<std::uint8_t, 256> table{};
        table.fill(0xff);
        for (std::size_t i = 0; i < letters.size(); ++i) {
            table[static_cast<unsigned char>(letters[i])] = static_cast<std::uint8_t>(i);
        }
        return table;
    }();
    const std::size_t end = text.find_last_not_of('=') + 1;  // npos + 1 is 0: nothing but padding
    if (text.size() - end > 2 || end % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(end / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char letter : text.substr(0, end)) {
        const std::uint8_t value = values[static_cast<unsigned char>(letter)];
        if (value == 0xff) return std::nullopt;
        bits = bits << 6 | value;
        held += 6;
        if (held >= 8) bytes.push_back(static_cast<char>(bits >> (held -= 8)));
    }
    return bytes;
}

std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text.push_back(i <= group.size() ? letters[bits >> (18 - 6 * i) & 63] : '=');
        }
    }
    return text;
}
