#include "hooks/hook_context.hpp"

#include "base/json_text.hpp"
#include "hooks/members_by_key.hpp"

namespace sluice::hooks {
namespace {

/// A JSON object written member by member.
class ObjectText {
  public:
    explicit ObjectText(std::size_t expected_bytes) { text_.reserve(expected_bytes); }

    void add(std::string_view key_slice, std::string_view value_slice) {
        text_ += text_.empty() ? '{' : ',';
        text_ += key_slice;
        text_ += ':';
        text_ += value_slice;
    }

    std::string finish() && {
        if (text_.empty()) text_ = '{';
        text_ += '}';
        return std::move(text_);
    }

  private:
    std::string text_;
};

bool is_reserved(JsonSlice key) {
    const auto plain = key.plain_string();  // nearly always: no copy
    return plain ? is_reserved_key(*plain) : is_reserved_key(key.string());
}

/// Guests with a typed context send "" or null for the keys that they do not know.
bool adds_something(JsonSlice value) {
    return value.has_value() && !(value.is(JsonKind::string) && value.text().size() == 2);
}

}  // namespace

HookContext::HookContext(std::string_view request_id) : json_("{\"request_id\":") {
    append_json_text(json_, request_id);
    json_ += '}';
}

bool HookContext::merge(JsonSlice returned, JsonDocument& scratch) {
    if (!returned.is(JsonKind::object) || returned.size() == 0 || returned.text() == json_)
        return true;
    const JsonSlice present = scratch.read(json_);
    ObjectText merged(json_.size() + returned.text().size());
    bool differs = false;
    MembersByKey by_key(returned);
    for (const auto [key, value] : present.members()) {
        const JsonSlice other = is_reserved(key) ? JsonSlice() : by_key.find(key);
        const bool replaced = other && other.text() != value.text();
        merged.add(key.text(), (replaced ? other : value).text());
        differs |= replaced;
    }
    MembersByKey known(present);
    for (const auto [key, value] : returned.members()) {
        if (!adds_something(value) || known.find(key) || is_reserved(key)) continue;
        merged.add(key.text(), value.text());
        differs = true;
    }
    if (!differs) return true;
    std::string text = std::move(merged).finish();
    if (text.size() > max_bytes) return false;
    json_ = std::move(text);
    return true;
}

void HookContext::set(std::string_view key, std::string_view json_value, JsonDocument& scratch) {
    ObjectText merged(json_.size() + key.size() + json_value.size() + 4);
    for (const auto [name, value] : scratch.read(json_).members())
        if (!name.says(key)) merged.add(name.text(), value.text());
    merged.add(json_text(key), json_value);
    json_ = std::move(merged).finish();
}

bool is_reserved_key(std::string_view key) {
    return key == "request_id" || key == "request-id" || key == "stream_end" ||
           key.starts_with("bifrost-") || key.starts_with("x-bf-") ||
           key.starts_with("governance-");
}

}  // namespace sluice::hooks
