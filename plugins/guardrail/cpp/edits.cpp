#include "edits.hpp"

#include "rules.hpp"
#include "sluice/json.hpp"

#include <algorithm>

namespace json = sluice::json;

void Edits::replace(std::string_view part, std::string text) {
    changes_.push_back({part, std::move(text)});
}

void Edits::mask_choices(std::string_view response) {
    for (auto choice = json::Walk::elements(json::member(response, "choices")); choice.next();) {
        for (auto part = json::Walk::members(choice.value()); part.next();) {
            if (part.key() == "message" || part.key() == "delta") mask_content(part.value());
            if (part.key() == "text") mask_text(part.value());
        }
    }
}

/// `content` is a string or a list of blocks with a `text` each.
void Edits::mask_content(std::string_view message) {
    const std::string_view content = json::member(message, "content");
    mask_text(content);
    for (auto block = json::Walk::elements(content); block.next();)
        mask_text(json::member(block.value(), "text"));
}

void Edits::mask_text(std::string_view value) {
    std::optional<std::string> text = json::text_of(value);
    if (text && mask_addresses(*text)) replace(value, json::quote(*text));
}

std::string Edits::apply() {
    std::sort(changes_.begin(), changes_.end(),
              [](const Change& a, const Change& b) { return a.part.data() < b.part.data(); });
    std::string out;
    std::size_t copied = 0;
    for (const Change& change : changes_) {
        const auto start = static_cast<std::size_t>(change.part.data() - text_.data());
        out.append(text_, copied, start - copied).append(change.text);
        copied = start + change.part.size();
    }
    return out.append(text_, copied);
}
