#include "gateway/redaction.hpp"

#include "base/ascii.hpp"
#include "store/plugin_entries.hpp"

#include <algorithm>
#include <array>

namespace sluice::gateway {

namespace json = boost::json;

bool names_a_secret(std::string_view key) {
    const std::string lower = lower_case(key);
    return std::ranges::any_of(
        std::array<std::string_view, 6>{"key", "token", "secret", "password", "authorization",
                                        "credential"},
        [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

void redact(json::value& value) {
    if (auto* items = value.if_array())
        for (json::value& item : *items) redact(item);
    if (auto* members = value.if_object())
        for (auto& member : *members) {
            if (member.value().is_string() && names_a_secret(member.key()))
                member.value() = store::redacted_text;
            else
                redact(member.value());
        }
}

}  // namespace sluice::gateway
