#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// JSON by slices: finds members and elements in a text and leaves every byte that nobody changes as
// it was. There are no exceptions in a guest: what is no JSON has no members, instead of ending the
// call.
namespace sluice::json {

/// Goes through the members of an object, or the elements of an array, in order. Empty for anything
/// else.
///
/// Lifetime: its views are parts of the text.
class Walk {
  public:
    static Walk members(std::string_view text) { return Walk(text, '{'); }
    static Walk elements(std::string_view text) { return Walk(text, '['); }

    bool next();
    std::string_view key() const {
        return key_;
    }  ///< of the member, without quotes, escapes left as they are
    std::string_view value() const { return value_; }

    /// Whether the walk went to the end of an object that is all there is.
    bool ended_well() const;

  private:
    Walk(std::string_view text, char bracket);
    bool read_key();

    std::string_view text_;
    bool keyed_;
    std::size_t at_ = 0;
    std::string_view key_;
    std::string_view value_;
};

/// The value of `key` in an object; empty when there is none.
inline std::string_view member(std::string_view object, std::string_view key);

/// Whether `text` is one whole JSON object; what is inside its values is not looked at.
inline bool is_object(std::string_view text);

/// The text that a JSON string stands for; nothing for any other value.
inline std::optional<std::string> text_of(std::string_view value);

/// Undoes the escapes of JSON; works on a whole document too, because outside of strings there are
/// none.
inline std::string unescape(std::string_view text);

/// `text` as a JSON string, quotes included.
inline std::string quote(std::string_view text);

namespace detail {

inline constexpr std::size_t none = std::string_view::npos;

inline std::size_t skip_space(std::string_view text, std::size_t at) {
    const std::size_t found = text.find_first_not_of(" \t\r\n", at);
    return found == none ? text.size() : found;
}

/// The end of the string that starts at `at`.
inline std::size_t skip_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '"') return at + 1;
        if (text[at] == '\\') ++at;
    }
    return none;
}

inline std::size_t skip_nested(std::string_view text, std::size_t at) {
    for (std::size_t depth = 0; at < text.size();) {
        const char c = text[at];
        if (c == '"') {
            at = skip_string(text, at);
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) return at + 1;
        ++at;
    }
    return none;
}

/// The end of the value that starts at `at`; none when there is no value.
inline std::size_t skip_value(std::string_view text, std::size_t at) {
    if (at >= text.size()) return none;
    if (text[at] == '"') return skip_string(text, at);
    if (text[at] == '{' || text[at] == '[') return skip_nested(text, at);
    const std::size_t end = std::min(text.find_first_of(",:}] \t\r\n", at), text.size());
    return end == at ? none : end;
}

/// The number in an escape of the form backslash, u, four hex digits.
inline std::optional<std::uint32_t> code_unit(std::string_view text) {
    if (text.size() < 6 || text.substr(0, 2) != "\\u") return std::nullopt;
    std::uint32_t number = 0;
    for (const char c : text.substr(2, 4)) {
        const std::size_t digit =
            std::string_view("0123456789abcdef").find(static_cast<char>(c >= 'A' ? c | 0x20 : c));
        if (digit == none) return std::nullopt;
        number = number << 4 | static_cast<std::uint32_t>(digit);
    }
    return number;
}

inline void append_utf8(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
        return;
    }
    const int more = code < 0x800 ? 1 : code < 0x1'0000 ? 2 : 3;
    constexpr std::array<std::uint32_t, 4> first{0, 0xc0, 0xe0, 0xf0};
    out.push_back(static_cast<char>(first[more] | code >> (6 * more)));
    for (int left = more - 1; left >= 0; --left)
        out.push_back(static_cast<char>(0x80 | (code >> (6 * left) & 0x3f)));
}

/// Appends what the escape at the start of `text` stands for; how many bytes it has.
inline std::size_t unescape_one(std::string& out, std::string_view text) {
    constexpr std::string_view letters = "nrtbf";
    constexpr std::string_view meanings = "\n\r\t\b\f";
    constexpr std::uint32_t replacement =
        0xfffd;  // for what is no character: a lone surrogate, a broken escape
    if (text.size() < 2) return append_utf8(out, replacement), 1;
    if (text[1] != 'u') {
        const std::size_t index = letters.find(text[1]);
        out.push_back(index == none ? text[1] : meanings[index]);
        return 2;
    }
    const auto code = code_unit(text);
    if (!code) return append_utf8(out, replacement), 2;
    if (*code < 0xd800 || *code > 0xdfff) return append_utf8(out, *code), 6;
    const auto low = *code < 0xdc00 ? code_unit(text.substr(6)) : std::nullopt;
    if (!low || *low < 0xdc00 || *low > 0xdfff) return append_utf8(out, replacement), 6;
    return append_utf8(out, 0x1'0000 + ((*code - 0xd800) << 10) + (*low - 0xdc00)), 12;
}

}  // namespace detail

inline Walk::Walk(std::string_view text, char bracket) : text_(text), keyed_(bracket == '{') {
    const std::size_t start = detail::skip_space(text, 0);
    at_ = start < text.size() && text[start] == bracket ? detail::skip_space(text, start + 1)
                                                        : text.size();
}

inline bool Walk::read_key() {
    if (at_ >= text_.size() || text_[at_] != '"') return false;
    const std::size_t end = detail::skip_string(text_, at_);
    const std::size_t colon = end == detail::none ? text_.size() : detail::skip_space(text_, end);
    if (colon >= text_.size() || text_[colon] != ':') return false;
    key_ = text_.substr(at_ + 1, end - at_ - 2);
    at_ = detail::skip_space(text_, colon + 1);
    return true;
}

inline bool Walk::next() {
    if (keyed_ && !read_key()) return false;
    const std::size_t end = detail::skip_value(text_, at_);
    if (end == detail::none) return false;
    value_ = text_.substr(at_, end - at_);
    at_ = detail::skip_space(text_, end);
    if (at_ < text_.size() && text_[at_] == ',') at_ = detail::skip_space(text_, at_ + 1);
    return true;
}

inline bool Walk::ended_well() const {
    return at_ < text_.size() && text_[at_] == '}' &&
           detail::skip_space(text_, at_ + 1) == text_.size();
}

inline std::string_view member(std::string_view object, std::string_view key) {
    for (Walk walk = Walk::members(object); walk.next();) {
        if (walk.key() == key) return walk.value();
    }
    return {};
}

inline bool is_object(std::string_view text) {
    Walk walk = Walk::members(text);
    while (walk.next()) {
    }
    return walk.ended_well();
}

inline std::optional<std::string> text_of(std::string_view value) {
    if (value.size() < 2 || value.front() != '"') return std::nullopt;
    return unescape(value.substr(1, value.size() - 2));
}

inline std::string unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t at = std::min(text.find('\\'), text.size());
        out.append(text.substr(0, at));
        text.remove_prefix(at);
        if (!text.empty()) text.remove_prefix(detail::unescape_one(out, text));
    }
    return out;
}

inline std::string quote(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.append({'\\', c});
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out.append("\\u00").append({digits[c >> 4], digits[c & 15]});
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
    return out;
}

}  // namespace sluice::json
