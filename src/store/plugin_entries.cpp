#include "store/plugin_entries.hpp"

#include "base/json_reader.hpp"
#include "base/json_slices.hpp"
#include "base/json_spots.hpp"
#include "base/json_text.hpp"
#include "store/config_reading.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/parse.hpp>

#include <map>
#include <optional>

namespace sluice::store {
namespace {

constexpr std::string_view request = "the request";

/// The text at `path` of `entry`; nothing when there is no text.
std::optional<std::string> text_at(const JsonSpots& spots, std::string_view entry,
                                   std::string_view path) {
    const auto found = spots.by_path.find(std::string(path));
    if (found == spots.by_path.end() || entry[found->second.begin] != '"') return std::nullopt;
    const JsonSpot spot = found->second;
    return std::string(
        boost::json::parse(entry.substr(spot.begin, spot.end - spot.begin)).as_string());
}

/// Members that may hold secrets, as they are to be: where the new ones have none, the old ones'.
using SecretMembers = std::map<std::string, std::string, std::less<>>;

SecretMembers with_secrets(std::string_view entry, JsonReader changes) {
    const JsonSpots spots = find_spots(entry);
    SecretMembers members;
    const auto old = [&](std::string_view text,
                         std::string_view path) -> std::optional<std::string> {
        if (text != redacted_text) return std::nullopt;
        return text_at(spots, entry, path);
    };
    for (const char* key : {"config", "canary", "shadow"})
        if (auto text = changes.raw(key, old)) members.emplace(key, *std::move(text));
    return members;
}

/// The changes that put the canary of `entry` in the plug-in's place.
/// Errors: \throws Error invalid_input when there is none.
std::string promotion_of(std::string_view entry) {
    JsonDocument document;
    const JsonSlice canary = document.read(entry).find("canary");
    if (!canary.is(JsonKind::object))
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}: promote: the plug-in has no canary to promote", request));
    std::vector<std::string> members{R"("canary": null)"};
    for (const char* key : {"path", "url", "sha256", "signature"})
        if (!canary.find(key)) members.push_back(fmt::format("\"{}\": null", key));
    for (const auto [key, value] : canary.members())
        if (!key.says("percent") && !key.says("header"))
            members.push_back(fmt::format("{}: {}", key.text(), value.text()));
    return fmt::format("{{{}}}", fmt::join(members, ", "));
}

/// Whether `changes` are nothing but {"promote": true}.
bool wants_promotion(JsonReader changes) {
    if (!changes.has("promote")) return false;
    if (!changes.flag("promote", true)) changes.refuse("promote", "must be true or left out");
    changes.finish();
    return true;
}

}  // namespace

PluginConfig read_plugin_entry(std::string_view entry, const std::filesystem::path& folder) {
    JsonFile file(request, entry);
    PluginConfig plugin = read_plugin(file.root(), folder);
    file.finish();
    return plugin;
}

std::string changed_entry(std::string_view entry, std::string_view changes) {
    JsonFile file(request, changes);
    JsonReader reader = file.root();
    const bool promotes = wants_promotion(reader);
    file.finish();
    if (promotes) return changed_entry(entry, promotion_of(entry));
    const SecretMembers secrets = with_secrets(entry, reader);

    JsonDocument before;
    JsonDocument after;
    const JsonSlice old_members = before.read(entry);
    const JsonSlice new_members = after.read(changes);
    std::vector<std::string> members;
    const auto add = [&](JsonSlice key, JsonSlice value) {
        const auto secret = secrets.find(key.string());
        members.push_back(
            fmt::format("{}: {}", key.text(),
                        secret == secrets.end() ? value.text() : std::string_view(secret->second)));
    };
    for (const auto [key, value] : old_members.members()) {
        const JsonSlice changed = new_members.find(key.string());
        if (!changed)
            members.push_back(fmt::format("{}: {}", key.text(), value.text()));
        else if (changed.has_value())
            add(key, changed);
    }
    for (const auto [key, value] : new_members.members())
        if (value.has_value() && !old_members.find(key.string())) add(key, value);
    return fmt::format("{{{}}}", fmt::join(members, ", "));
}

std::string new_entry(std::string_view name, const std::filesystem::path& file) {
    const std::string path =
        file.empty() ? "" : fmt::format(", \"path\": {}", json_text(file.string()));
    return fmt::format("{{\"name\": {}{}}}", json_text(name), path);
}

std::vector<std::string> plugin_entries(std::string_view config) {
    JsonDocument document;
    std::vector<std::string> entries;
    for (const JsonSlice entry : document.read(config).find("plugins").elements())
        entries.emplace_back(entry.text());
    return entries;
}

std::string with_plugin_entries(std::string_view config, const std::vector<std::string>& entries) {
    const std::string list =
        entries.empty() ? "[]" : fmt::format("[\n    {}\n  ]", fmt::join(entries, ",\n    "));
    const JsonSpots spots = find_spots(config);
    std::string text(config);
    if (const auto found = spots.by_path.find("plugins"); found != spots.by_path.end())
        return text.replace(found->second.begin, found->second.end - found->second.begin, list);

    JsonDocument document;
    const bool alone = document.read(config).size() == 0;
    const std::size_t brace = spots.by_path.at("").end - 1;
    const std::size_t last = config.find_last_not_of(" \t\r\n", brace - 1) + 1;
    return text.replace(last, brace - last,
                        fmt::format("{}\n  \"plugins\": {}\n", alone ? "" : ",", list));
}

}  // namespace sluice::store
