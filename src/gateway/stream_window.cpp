#include "gateway/stream_window.hpp"

#include "base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace sluice::gateway {
namespace {

constexpr std::size_t most_bytes_of_a_character = 4;

bool continues_character(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// The last `characters` of a text in UTF-8.
std::string_view end_of(std::string_view text, std::size_t characters) noexcept {
    std::size_t at = text.size();
    for (; characters > 0 && at > 0; --characters) {
        --at;
        while (at > 0 && continues_character(text[at])) --at;
    }
    return text.substr(at);
}

}  // namespace

void StreamWindow::next(JsonSlice chunk) {
    for (const auto& [index, text] : present_) say(index, text);
    present_.clear();
    for (const JsonSlice choice : chunk.find("choices").elements()) {
        std::string text = choice.find("delta").find("content").string();
        if (text.empty() || present_.size() == most_choices) continue;
        present_.emplace_back(choice.find("index").whole().value_or(0), std::move(text));
    }
}

void StreamWindow::say(std::int64_t index, const std::string& text) {
    auto place = std::ranges::find(said_, index, &Text::first);
    if (place == said_.end()) {
        if (said_.size() == most_choices) return;
        place = said_.insert(said_.end(), {index, std::string()});
    }
    std::string& all = place->second;
    all += text;
    // Cut now and then instead of each time: moving the end of a text to its start costs its
    // length.
    if (all.size() > 2 * most_bytes_of_a_character * characters_)
        all = std::string(end_of(all, characters_));
}

std::string StreamWindow::json(std::size_t characters) const {
    std::string json = "[";
    for (const auto& [index, text] : said_) {
        fmt::format_to(std::back_inserter(json), R"({}{{"index":{},"text":)",
                       json.size() > 1 ? "," : "", index);
        append_json_text(json, end_of(text, characters));
        json += '}';
    }
    return json += ']';
}

}  // namespace sluice::gateway
