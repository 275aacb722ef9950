#include "gateway/plugin_fields.hpp"

#include "base/ascii.hpp"
#include "base/json_text.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace sluice::gateway {
namespace {

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::any_of(
        names, [&](std::string_view other) { return equal_ignoring_case(name, other); });
}

bool is_credential(std::string_view name) {
    constexpr std::array<std::string_view, 10> names{
        "authorization", "x-api-key",           "x-goog-api-key", "api-key",
        "cookie",        "proxy-authorization", "x-bf-vk",        "x-bf-api-key",
        "x-auth-token",  "x-amz-security-token"};
    return is_one_of(name, names);
}

/// What says how the message is delimited or where it goes: the gateway computes it.
bool is_framing(std::string_view name) {
    constexpr std::array<std::string_view, 10> names{
        "content-length", "transfer-encoding", "connection", "keep-alive",
        "host",           "upgrade",           "te",         "trailer",
        "expect",         "proxy-connection"};
    return is_one_of(name, names);
}

bool is_header(FieldKind kind) {
    return kind != FieldKind::query;
}

std::string name_key(std::string_view name, FieldKind kind) {
    return is_header(kind) ? lower_case(name) : std::string(name);
}

std::string_view shown_value(std::string_view name, std::string_view value, FieldKind kind) {
    return kind == FieldKind::header && is_credential(name) ? redacted : value;
}

bool same_name(std::string_view a, std::string_view b, FieldKind kind) {
    return is_header(kind) ? equal_ignoring_case(a, b) : a == b;
}

/// Whether a field of the same name comes behind this one. For a few fields only.
bool comes_again(const NamedValues& fields, std::size_t at, FieldKind kind) {
    for (std::size_t i = at + 1; i < fields.size(); ++i)
        if (same_name(fields[at].first, fields[i].first, kind)) return true;
    return false;
}

/// For each field, whether it is the last of its name. Sorted, because a client may send thousands.
std::vector<bool> last_of_name(const NamedValues& fields, FieldKind kind) {
    std::vector<std::pair<std::string, std::size_t>> sorted;
    sorted.reserve(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i)
        sorted.emplace_back(name_key(fields[i].first, kind), i);
    std::ranges::sort(sorted);
    std::vector<bool> last(fields.size(), false);
    for (std::size_t i = 0; i < sorted.size(); ++i)
        if (i + 1 == sorted.size() || sorted[i + 1].first != sorted[i].first)
            last[sorted[i].second] = true;
    return last;
}

/// A member of what the plug-in returned, and what stood there before.
struct Wanted {
    std::string key;
    std::string name;
    JsonSlice value;
    const std::pair<std::string, std::string>* before = nullptr;  ///< the last of that name
    bool placed = false;
};

std::vector<Wanted> wanted_fields(JsonSlice returned, const NamedValues& fields, FieldKind kind) {
    std::vector<Wanted> wanted;
    wanted.reserve(returned.size());
    for (const auto [key, value] : returned.members()) {
        std::string name = key.string();
        wanted.push_back({name_key(name, kind), std::move(name), value});
    }
    std::ranges::stable_sort(wanted, {}, &Wanted::key);
    for (const auto& field : fields) {
        const auto key = name_key(field.first, kind);
        const auto found = std::ranges::lower_bound(wanted, key, {}, &Wanted::key);
        if (found != wanted.end() && found->key == key) found->before = &field;
    }
    return wanted;
}

/// Whether the plug-in left the value as it was shown, or said nothing that a field can hold.
bool is_untouched(const Wanted& wanted, FieldKind kind) {
    const JsonSlice value = wanted.value;
    if (value.is(JsonKind::null) || value.is(JsonKind::array) || value.is(JsonKind::object))
        return true;
    if (!value.is(JsonKind::string)) return wanted.before && value.text() == wanted.before->second;
    if (kind == FieldKind::header && value.says(redacted)) return true;
    if (wanted.before == nullptr) return false;
    const std::string_view shown = shown_value(wanted.before->first, wanted.before->second, kind);
    // Bytes that are no UTF-8 were shown as replacement characters.
    return value.says(shown) || value.text() == json_text(shown);
}

std::string new_value(const Wanted& wanted) {
    return wanted.value.is(JsonKind::string) ? wanted.value.string()
                                             : std::string(wanted.value.text());
}

/// Source: RFC 9110, 5.5 and 5.6.2.
void check_header(std::string_view name, std::string_view value) {
    const auto is_token = [](char c) {
        constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
        return (c >= '0' && c <= '9') || (lower_case(c) >= 'a' && lower_case(c) <= 'z') ||
               marks.find(c) != std::string_view::npos;
    };
    const auto is_control = [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    };
    if (!name.empty() && std::ranges::all_of(name, is_token) &&
        std::ranges::none_of(value, is_control))
        return;
    throw Error(ErrorCode::guest_error,
                fmt::format("it returned the header {}: {}, which HTTP forbids",
                            json_text(name.substr(0, 100)), json_text(value.substr(0, 100))));
}

void add_new(NamedValues& fields, std::string_view name, const Wanted& wanted, FieldKind kind) {
    std::string value = new_value(wanted);
    if (is_header(kind)) check_header(name, value);
    fields.emplace_back(name, std::move(value));
}

}  // namespace

void append_fields(std::string& json, const NamedValues& fields, FieldKind kind) {
    constexpr std::size_t few = 32;
    const std::vector<bool> last =
        fields.size() <= few ? std::vector<bool>() : last_of_name(fields, kind);
    const std::size_t start = json.size() + 1;
    json += '{';
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (last.empty() ? comes_again(fields, i, kind) : !last[i]) continue;
        if (json.size() != start) json += ',';
        append_json_text(json, fields[i].first);
        json += ':';
        append_json_text(json, shown_value(fields[i].first, fields[i].second, kind));
    }
    json += '}';
}

bool apply_fields(JsonSlice returned, NamedValues& fields, FieldKind kind) {
    if (!returned.is(JsonKind::object) || returned.size() == 0) return false;
    std::vector<Wanted> wanted = wanted_fields(returned, fields, kind);
    bool changed = false;
    NamedValues result;
    result.reserve(std::max(fields.size(), wanted.size()));
    for (const auto& field : fields) {
        const auto key = name_key(field.first, kind);
        const auto found = std::ranges::lower_bound(wanted, key, {}, &Wanted::key);
        const bool is_wanted = found != wanted.end() && found->key == key;
        if ((is_header(kind) && is_framing(field.first)) ||
            (is_wanted && is_untouched(*found, kind))) {
            result.push_back(field);
        } else {
            changed = true;  // deleted, or replaced; repetitions go with the first
            if (is_wanted && !found->placed) add_new(result, field.first, *found, kind);
        }
        if (is_wanted) found->placed = true;
    }
    // In the guest's own order, which sorting has lost.
    std::ranges::stable_sort(wanted, {}, [](const Wanted& one) { return one.value.text().data(); });
    for (const Wanted& one : wanted) {
        if (one.placed || one.before || is_untouched(one, kind)) continue;
        if (is_header(kind) && is_framing(one.name)) continue;
        add_new(result, one.name, one, kind);
        changed = true;
    }
    if (!changed) return false;
    fields = std::move(result);
    return true;
}

}  // namespace sluice::gateway
