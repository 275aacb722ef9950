#include "rules.hpp"
#include "sluice/json.hpp"

#include <algorithm>
#include <array>

namespace json = sluice::json;

namespace {

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
    if (!json::is_object(config)) return std::nullopt;
    if (const std::string_view words = json::member(config, "blocked_words"); !words.empty()) {
        if (words.front() != '[') return std::nullopt;
        rules.blocked_words.clear();
        for (auto walk = json::Walk::elements(words); walk.next();) {
            std::optional<std::string> word = json::text_of(walk.value());
            if (!word) return std::nullopt;
            if (!word->empty()) rules.blocked_words.push_back(std::move(*word));
        }
    }
    if (const std::string_view value = json::member(config, "system_message"); !value.empty()) {
        std::optional<std::string> message = json::text_of(value);
        if (!message) return std::nullopt;
        rules.system_message = std::move(*message);
    }
    return rules;
}

const std::string* Rules::blocked_word(std::string_view body) const {
    const std::string text = json::unescape(body);
    const auto found = std::find_if(blocked_words.begin(), blocked_words.end(),
                                    [&](const std::string& word) { return has_word(text, word); });
    return found == blocked_words.end() ? nullptr : &*found;
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
