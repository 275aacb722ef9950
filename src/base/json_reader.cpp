#include "base/json_reader.hpp"

#include "base/json_file_state.hpp"
#include "base/json_spots.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <numeric>

namespace sluice {
namespace json = boost::json;
namespace {

/// A value as a message shows it: short, on one line. Of objects and lists only the kind: whatever
/// stands in the wrong place may hold a secret.
std::string shown(const json::value& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "a list";
    constexpr std::size_t longest = 60;
    std::string text = json::serialize(value);
    if (text.size() <= longest) return text;
    std::size_t cut = longest;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
    return text.substr(0, cut) + "...";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view word, const std::vector<std::string>& known) {
    std::string_view nearest;
    // A third of the letters may be wrong: "plugin" for "plugins", not "host" for "port".
    std::size_t limit = std::max<std::size_t>(1, word.size() / 3) + 1;
    if (word.size() > 128) return nearest;
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < limit) nearest = candidate, limit = distance;
    }
    return nearest;
}

JsonReader::JsonReader(JsonFile::State& document, const json::value& value, std::string path)
    : document_(&document), object_(value.if_object()), path_(std::move(path)) {
    if (object_ == nullptr) refuse_kind(path_, "an object", value);
}

std::string JsonReader::path_of(std::string_view key) const {
    if (key.empty()) return path_;
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const json::value* JsonReader::find(std::string_view key) {
    if (std::ranges::find(known_, key) == known_.end()) known_.emplace_back(key);
    return object_ == nullptr ? nullptr : object_->if_contains(key);
}

bool JsonReader::has(std::string_view key) {
    return find(key) != nullptr;
}

bool JsonReader::has_value(std::string_view key) {
    const json::value* value = find(key);
    return value != nullptr && !value->is_null();
}

void JsonReader::refuse(std::string_view key, std::string problem) {
    document_->note(path_of(key), std::move(problem));
}

void JsonReader::refuse_all(std::initializer_list<std::string_view> keys,
                            std::string_view problem) {
    for (const std::string_view key : keys) {
        if (object_ == nullptr || !object_->contains(key)) continue;
        refused_.emplace_back(key);
        refuse(key, std::string(problem));
    }
}

void JsonReader::refuse_value(std::string_view key, std::string_view wanted,
                              const json::value& value) {
    refuse_value_at(path_of(key), wanted, value);
}

void JsonReader::refuse_kind(const std::string& path, std::string_view wanted,
                             const json::value& value) {
    // A bare text where keys are listed may well be a key.
    document_->note(path, fmt::format("must be {}, not {}", wanted,
                                      value.is_string() ? "a text" : shown(value)));
}

void JsonReader::refuse_value_at(std::string path, std::string_view wanted,
                                 const json::value& value) {
    document_->note(std::move(path), fmt::format("must be {}, not {}", wanted, shown(value)));
}

std::string JsonReader::text(std::string_view key, std::optional<std::string> fallback) {
    return text_or(key, std::move(fallback), Show::value);
}

std::string JsonReader::secret(std::string_view key, std::optional<std::string> fallback) {
    return text_or(key, std::move(fallback), Show::nothing);
}

std::string JsonReader::text_or(std::string_view key, std::optional<std::string> fallback,
                                Show show) {
    const json::value* value = find(key);
    if (value == nullptr) {
        // An object that is none was reported already; its members are not missing.
        if (!fallback && object_ != nullptr) refuse("", fmt::format("needs \"{}\"", key));
        return fallback.value_or("");
    }
    if (const json::string* found = value->if_string()) return std::string(*found);
    if (show == Show::value)
        refuse_value(key, "a text", *value);
    else
        refuse(key, "must be a text");
    return fallback.value_or("");
}

std::string JsonReader::choice(std::string_view key,
                               std::initializer_list<std::string_view> choices) {
    const json::value* value = find(key);
    std::string fallback(*choices.begin());
    if (value == nullptr) return fallback;
    if (const json::string* found = value->if_string())
        if (std::ranges::find(choices, std::string_view(*found)) != choices.end())
            return std::string(*found);
    refuse_value(key, fmt::format("one of \"{}\"", fmt::join(choices, "\", \"")), *value);
    return fallback;
}

bool JsonReader::flag(std::string_view key, bool fallback) {
    const json::value* value = find(key);
    if (value == nullptr) return fallback;
    if (const bool* found = value->if_bool()) return *found;
    refuse_value(key, "true or false", *value);
    return fallback;
}

std::int64_t JsonReader::whole(std::string_view key, std::int64_t fallback, std::int64_t lowest,
                               std::int64_t highest) {
    const json::value* value = find(key);
    if (value == nullptr) return fallback;
    json::error_code failure;
    const auto found = value->to_number<std::int64_t>(failure);  // 1.0 is whole as well
    if (!failure && found >= lowest && found <= highest) return found;
    refuse_value(key, fmt::format("a whole number from {} to {}", lowest, highest), *value);
    return fallback;
}

double JsonReader::number(std::string_view key, double fallback, double lowest, double highest) {
    const json::value* value = find(key);
    if (value == nullptr) return fallback;
    json::error_code failure;
    const auto found = value->to_number<double>(failure);
    if (!failure && found >= lowest && found <= highest) return found;
    refuse_value(key, fmt::format("a number from {} to {}", lowest, highest), *value);
    return fallback;
}

std::vector<std::string> JsonReader::texts(std::string_view key) {
    std::vector<std::string> all;
    const json::value* value = find(key);
    if (value == nullptr) return all;
    const json::array* list = value->if_array();
    if (list == nullptr) {
        refuse_kind(path_of(key), "a list of texts", *value);
        return all;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        if (const json::string* found = (*list)[i].if_string())
            all.emplace_back(*found);
        else
            refuse_value_at(fmt::format("{}[{}]", path_of(key), i), "a text", (*list)[i]);
    }
    return all;
}

std::vector<std::pair<std::string, std::string>> JsonReader::text_map(std::string_view key) {
    std::vector<std::pair<std::string, std::string>> all;
    const json::value* value = find(key);
    if (value == nullptr) return all;
    const json::object* map = value->if_object();
    if (map == nullptr) {
        refuse_kind(path_of(key), "an object of texts", *value);
        return all;
    }
    for (const auto& [name, text] : *map) {
        if (const json::string* found = text.if_string())
            all.emplace_back(name, *found);
        else
            refuse_value_at(fmt::format("{}.{}", path_of(key), std::string_view(name)), "a text",
                            text);
    }
    return all;
}

std::string_view JsonReader::source() const {
    const JsonSpot spot = document_->spots.by_path.at(path_);
    return std::string_view(document_->text).substr(spot.begin, spot.end - spot.begin);
}

std::optional<std::string> JsonReader::raw(std::string_view key, const ReplaceText& replace) {
    if (!has(key)) return std::nullopt;
    const auto& spots = document_->spots.by_path;
    const JsonSpot whole = spots.at(path_of(key));
    std::string_view text = document_->text;
    if (!replace) return std::string(text.substr(whole.begin, whole.end - whole.begin));

    std::vector<std::pair<JsonSpot, std::string_view>> inside;
    for (const auto& [path, spot] : spots)
        if (spot.begin >= whole.begin && spot.end <= whole.end && text[spot.begin] == '"')
            inside.emplace_back(spot, path);
    std::ranges::sort(inside, {}, [](const auto& each) { return each.first.begin; });

    std::string result;
    std::size_t copied = whole.begin;
    for (const auto& [spot, path] : inside) {
        const json::value value = json::parse(text.substr(spot.begin, spot.end - spot.begin));
        const auto replacement = replace(value.as_string(), path);
        if (!replacement) continue;
        result += text.substr(copied, spot.begin - copied);
        result += json::serialize(json::value(*replacement));
        copied = spot.end;
    }
    return result += text.substr(copied, whole.end - copied);
}

std::optional<JsonReader> JsonReader::object(std::string_view key) {
    const json::value* value = find(key);
    if (value == nullptr) return std::nullopt;
    return JsonReader(*document_, *value, path_of(key));
}

void JsonReader::each(std::string_view key, const std::function<void(JsonReader)>& read) {
    const json::value* value = find(key);
    if (value == nullptr) return;
    const json::array* list = value->if_array();
    if (list == nullptr) return refuse_kind(path_of(key), "a list", *value);
    for (std::size_t i = 0; i < list->size(); ++i)
        read(JsonReader(*document_, (*list)[i], fmt::format("{}[{}]", path_of(key), i)));
}

void JsonReader::each_member(std::string_view key,
                             const std::function<void(const std::string&, JsonReader)>& read) {
    const json::value* value = find(key);
    if (value == nullptr) return;
    const json::object* map = value->if_object();
    if (map == nullptr) return refuse_kind(path_of(key), "an object", *value);
    for (const auto& [name, member] : *map)
        read(name, JsonReader(*document_, member,
                              fmt::format("{}.{}", path_of(key), std::string_view(name))));
}

void JsonReader::finish() {
    if (object_ == nullptr) return;
    for (const auto& member : *object_) {
        const std::string_view key = member.key();
        if (std::ranges::find(known_, key) != known_.end()) continue;
        if (std::ranges::find(refused_, key) != refused_.end()) continue;
        const std::string_view meant = nearest_word(key, known_);
        refuse(key, meant.empty()
                        ? fmt::format("unknown key; known here: {}", fmt::join(known_, ", "))
                        : fmt::format("unknown key; did you mean \"{}\"?", meant));
    }
}

}  // namespace sluice
