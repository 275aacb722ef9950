#include "base/json_reader.hpp"
#include "store/config.hpp"

#include "expect_error.hpp"
#include "files.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

namespace sluice::store {
namespace {

namespace json = boost::json;

json::value schema() {
    return json::parse(tests::read_file(std::filesystem::path(SLUICE_DOCS) / "config.schema.json"));
}

/// An object of the schema and a configuration that has one, the object's text marked by `@`.
struct Place {
    const char* schema_pointer;
    std::string config;
};

const std::vector<Place>& places() {
    static const std::vector<Place> all{
        {"", "@"},
        {"/properties/server", R"({"server": @})"},
        {"/properties/client", R"({"client": @})"},
        {"/properties/variables_store", R"({"variables_store": @})"},
        {"/properties/plugin_downloads", R"({"plugin_downloads": @})"},
        {"/properties/logs_store", R"({"logs_store": @})"},
        {"/properties/logs_store/properties/config", R"({"logs_store": {"config": @}})"},
        {"/properties/plugins/items", R"({"plugins": [@]})"},
        {"/properties/plugins/items/properties/limits",
         R"({"plugins": [{"name": "a", "path": "b", "limits": @}]})"},
        {"/properties/plugins/items/properties/permissions",
         R"({"plugins": [{"name": "a", "path": "b", "permissions": @}]})"},
        {"/properties/plugins/items/properties/breaker",
         R"({"plugins": [{"name": "a", "path": "b", "breaker": @}]})"},
        {"/properties/plugins/items/properties/canary",
         R"({"plugins": [{"name": "a", "path": "b", "canary": @}]})"},
        {"/properties/plugins/items/properties/canary/properties/header",
         R"({"plugins": [{"name": "a", "path": "b", "canary": {"path": "c", "header": @}}]})"},
        {"/properties/plugins/items/properties/shadow",
         R"({"plugins": [{"name": "a", "path": "b", "shadow": @}]})"},
        {"/properties/plugins/items/properties/match",
         R"({"plugins": [{"name": "a", "path": "b", "match": @}]})"},
        {"/properties/providers/additionalProperties", R"({"providers": {"p": @}})"},
        {"/properties/providers/additionalProperties/properties/network_config",
         R"({"providers": {"p": {"network_config": @}}})"},
        {"/properties/providers/additionalProperties/properties/mock_config",
         R"({"providers": {"mock": {"mock_config": @}}})"},
        {"/properties/providers/additionalProperties/properties/keys/items",
         R"({"providers": {"p": {"keys": [@]}}})"},
    };
    return all;
}

std::string complaints(std::string config, const std::string& object) {
    config.replace(config.find('@'), 1, object);
    try {
        read_config("c", config);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

/// What the reader knows at a place: it lists its keys when it meets one that is like none.
std::set<std::string> keys_of_the_reader(const std::string& config) {
    const std::string said = complaints(config, R"({"##########": 0})");
    constexpr std::string_view head = "unknown key; known here: ";
    const std::size_t begin = said.find(head) + head.size();
    const std::string list = said.substr(begin, said.find('\n', begin) - begin);
    std::set<std::string> keys;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(", ", at), list.size());
        keys.insert(list.substr(at, comma - at));
        at = comma + 2;
    }
    return keys;
}

std::set<std::string> keys_of_the_schema(const json::value& object) {
    std::set<std::string> keys;
    for (const auto& member : object.at("properties").as_object()) keys.insert(member.key());
    return keys;
}

TEST(ConfigSchema, KnowsTheSameKeysAsTheReaderEverywhere) {
    const json::value whole = schema();
    for (const auto& [pointer, config] : places())
        EXPECT_EQ(keys_of_the_schema(whole.at_pointer(pointer)), keys_of_the_reader(config))
            << pointer;
}

TEST(ConfigSchema, HasNoObjectThatTheTestDoesNotVisit) {
    std::size_t objects = 0;
    const std::function<void(const json::value&)> count = [&](const json::value& value) {
        if (value.is_object()) {
            objects += value.as_object().contains("properties") ? 1 : 0;
            for (const auto& member : value.as_object()) count(member.value());
        }
    };
    count(schema());
    EXPECT_EQ(objects, places().size());
}

/// A value that the schema refuses for a property, as JSON.
std::string wrong_value(const json::object& property) {
    if (property.contains("maximum"))
        return std::to_string(property.at("maximum").to_number<std::int64_t>() + 1);
    return property.at("type").as_string() == "string" ? "7" : "\"text\"";
}

TEST(ConfigSchema, RefusesTheSameValuesAsTheReader) {
    const json::value whole = schema();
    for (const auto& [pointer, config] : places())
        for (const auto& member : whole.at_pointer(pointer).at("properties").as_object()) {
            const std::string key = member.key();
            const json::object& property = member.value().as_object();
            if (key == "$schema" || !property.contains("type")) continue;
            const std::string said =
                complaints(config, "{\"" + key + "\": " + wrong_value(property) + "}");
            EXPECT_THAT(said, testing::ContainsRegex(key + ": must be ")) << pointer;
        }
}

TEST(ConfigSchema, TakesTheSameBoundsAndDefaultsAsTheReader) {
    const json::value whole = schema();
    for (const auto& [pointer, config] : places())
        for (const auto& member : whole.at_pointer(pointer).at("properties").as_object()) {
            const std::string key = member.key();
            for (const char* bound : {"minimum", "maximum", "default"}) {
                const json::value* value = member.value().as_object().if_contains(bound);
                if (value == nullptr) continue;
                const std::string said =
                    complaints(config, "{\"" + key + "\": " + json::serialize(*value) + "}");
                EXPECT_THAT(said, testing::Not(testing::ContainsRegex(key + ": must be ")))
                    << pointer << ' ' << bound;
            }
        }
}

}  // namespace
}  // namespace sluice::store
