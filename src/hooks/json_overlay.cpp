#include "hooks/json_overlay.hpp"

#include "base/ascii.hpp"
#include "hooks/members_by_key.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::hooks {
namespace {

double real(JsonSlice number) {
    double value = 0;
    const std::string_view text = number.text();
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Scalars of one kind: whether they say the same. Numbers are compared as doubles, because guests
/// whose language has no others send 2^53+1 back as 2^53 without having touched it.
bool same_scalar(JsonSlice a, JsonSlice b) {
    switch (a.kind()) {
        case JsonKind::string:
            return same_string(a, b);
        case JsonKind::number:
            return real(a) == real(b);
        default:
            return a.text() == b.text();
    }
}

bool adds_something(JsonSlice value, Additions additions) {
    return additions == Additions::not_blank ? !is_blank(value) : value.has_value();
}

/// Whether two elements may be the same thing in two versions.
bool same_identity(JsonSlice a, JsonSlice b) {
    constexpr std::array<std::string_view, 5> identity{"role", "id", "index", "type", "name"};
    if (!a.is(JsonKind::object) || !b.is(JsonKind::object)) return true;
    return std::ranges::all_of(identity, [&](std::string_view key) {
        const JsonSlice left = a.find(key);
        const JsonSlice right = b.find(key);
        if (is_blank(left) || is_blank(right)) return true;
        return left.kind() == right.kind() && same_scalar(left, right);
    });
}

bool overlay_array(JsonSlice sent, JsonSlice returned, Additions additions, std::string& out);
bool overlay_object(JsonSlice sent, JsonSlice returned, Additions additions, std::string& out);

/// Appends one value in any case; says whether it differs from `sent`.
bool overlay_value(JsonSlice sent, JsonSlice returned, Additions additions, std::string& out) {
    const std::size_t before = out.size();
    bool differs = true;
    if (sent.text() == returned.text()) {
        differs = false;
    } else if (sent.kind() != returned.kind()) {
        differs = sent.has_value() || adds_something(returned, additions);
        if (differs) out += returned.text();
    } else if (sent.is(JsonKind::object)) {
        differs = overlay_object(sent, returned, additions, out);
    } else if (sent.is(JsonKind::array)) {
        differs = overlay_array(sent, returned, additions, out);
    } else {
        differs = !same_scalar(sent, returned);
        if (differs) out += returned.text();
    }
    if (differs) return true;
    out.resize(before);
    out += sent.text();
    return false;
}

bool overlay_object(JsonSlice sent, JsonSlice returned, Additions additions, std::string& out) {
    bool differs = false;
    MembersByKey by_key(returned);
    const std::size_t start = out.size() + 1;
    const auto next = [&out, start] {
        if (out.size() != start) out += ',';
    };
    out += '{';
    for (const auto [key, value] : sent.members()) {
        const JsonSlice other = by_key.find(key);
        next();
        out += key.text();
        out += ':';
        if (!other)
            out += value.text();
        else
            differs |= overlay_value(value, other, additions, out);
    }
    MembersByKey known(sent);
    for (const auto [key, value] : returned.members()) {
        if (known.find(key) || !adds_something(value, additions)) continue;
        next();
        out += key.text();
        out += ':';
        out += value.text();
        differs = true;
    }
    out += '}';
    return differs;
}

bool overlay_same_length(JsonSlice sent, JsonSlice returned, Additions additions,
                         std::string& out) {
    bool differs = false;
    bool first = true;
    auto other = returned.elements().begin();
    out += '[';
    for (const JsonSlice element : sent.elements()) {
        if (!first) out += ',';
        first = false;
        if (same_identity(element, *other)) {
            differs |= overlay_value(element, *other, additions, out);
        } else {
            out += (*other).text();
            differs = true;
        }
        ++other;
    }
    out += ']';
    return differs;
}

bool unchanged(JsonSlice sent, JsonSlice returned, Additions additions);

bool unchanged_object(JsonSlice sent, JsonSlice returned, Additions additions) {
    MembersByKey known(sent);
    for (const auto [key, value] : returned.members()) {
        const JsonSlice original = known.find(key);
        if (original ? !unchanged(original, value, additions) : adds_something(value, additions))
            return false;
    }
    return true;
}

/// Whether overlay_value() would find no difference. Each pair of values is looked at once: overlay
/// itself, tried on several candidates a level, would take exponential time on nested arrays.
bool unchanged(JsonSlice sent, JsonSlice returned, Additions additions) {
    if (sent.text() == returned.text()) return true;
    if (sent.kind() != returned.kind())
        return !sent.has_value() && !adds_something(returned, additions);
    if (sent.is(JsonKind::object)) return unchanged_object(sent, returned, additions);
    if (!sent.is(JsonKind::array)) return same_scalar(sent, returned);
    if (sent.size() != returned.size()) return false;
    auto other = returned.elements().begin();
    for (const JsonSlice element : sent.elements()) {
        if (!unchanged(element, *other, additions)) return false;
        ++other;
    }
    return true;
}

/// Elements were added or taken away. Each returned one that changes nothing in a sent one is
/// written as it was sent; their order decides which is looked at, a short window bounds the work.
void align(JsonSlice sent, JsonSlice returned, Additions additions, std::string& out) {
    constexpr std::size_t window = 8;
    const auto end = sent.elements().end();
    auto cursor = sent.elements().begin();
    bool first = true;
    out += '[';
    for (const JsonSlice element : returned.elements()) {
        if (!first) out += ',';
        first = false;
        JsonSlice same = element;
        auto candidate = cursor;
        for (std::size_t i = 0; i < window && candidate != end; ++i) {
            const JsonSlice original = *candidate;
            ++candidate;
            if (!same_identity(original, element) || !unchanged(original, element, additions))
                continue;
            same = original;
            cursor = candidate;
            break;
        }
        out += same.text();
    }
    out += ']';
}

bool overlay_array(JsonSlice sent, JsonSlice returned, Additions additions, std::string& out) {
    if (sent.size() == returned.size()) return overlay_same_length(sent, returned, additions, out);
    align(sent, returned, additions, out);
    return true;
}

}  // namespace

bool overlay(JsonSlice sent, JsonSlice returned, Additions additions, std::string& out) {
    const std::size_t before = out.size();
    if (overlay_value(sent, returned, additions, out)) return true;
    out.resize(before);
    return false;
}

bool is_blank(JsonSlice value) {
    if (!value) return true;
    switch (value.kind()) {
        case JsonKind::null:
            return true;
        case JsonKind::boolean:
            return false;
        case JsonKind::number:
            return real(value) == 0;
        case JsonKind::string:
            return value.text().size() == 2;
        case JsonKind::array:
            for (const JsonSlice element : value.elements())
                if (!is_blank(element)) return false;
            return true;
        case JsonKind::object:
            for (const auto [key, member] : value.members())
                if (!is_blank(member)) return false;
            return true;
    }
    return false;
}

KeyWord::KeyWord(JsonSlice key) {
    const auto plain = key.plain_string();
    if (!plain) return;
    for (const char c : *plain) {
        if (c == '_') continue;
        if (size_ == word_.size()) {
            size_ = 0;  // longer than any key that has a meaning
            return;
        }
        word_[size_++] = lower_case(c);
    }
}

bool is_key(JsonSlice key, std::string_view expected) {
    const auto plain = key.plain_string();
    if (!plain || plain->size() < expected.size()) return false;
    std::size_t matched = 0;
    for (const char c : *plain) {
        if (c == '_') continue;
        if (matched == expected.size() || lower_case(c) != expected[matched]) return false;
        ++matched;
    }
    return matched == expected.size();
}

JsonSlice find_key(JsonSlice object, std::string_view expected) {
    for (const auto [key, value] : object.members())
        if (is_key(key, expected)) return value;
    return {};
}

}  // namespace sluice::hooks
