#include "llm/mock/tool_arguments.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace sluice::llm::mock {
namespace {

namespace json = boost::json;

/// Schemas may be nested; this deep is deeper than any tool's.
constexpr int deepest = 16;

const json::object* object_in(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

std::string_view type_of(const json::object& schema) {
    const json::value* type = schema.if_contains("type");
    if (type == nullptr) return {};
    if (const json::string* text = type->if_string()) return *text;
    if (const json::array* several = type->if_array(); several != nullptr && !several->empty())
        if (const json::string* first = several->front().if_string()) return *first;
    return {};
}

json::value example(const json::object& schema, std::string_view text, int depth);

bool is_required(const json::object& schema, std::string_view name) {
    const json::value* required = schema.if_contains("required");
    if (required == nullptr || !required->is_array()) return true;
    for (const json::value& each : required->get_array())
        if (each.is_string() && each.get_string() == name) return true;
    return false;
}

json::object example_object(const json::object& schema, std::string_view text, int depth) {
    json::object made;
    const json::object* properties = object_in(schema, "properties");
    if (properties == nullptr || depth > deepest) return made;
    for (const auto& [name, property] : *properties)
        if (is_required(schema, name))
            made.emplace(name, property.is_object()
                                   ? example(property.get_object(), text, depth + 1)
                                   : json::value(text));
    return made;
}

json::value example(const json::object& schema, std::string_view text, int depth) {
    if (const json::value* constant = schema.if_contains("const")) return *constant;
    if (const json::value* choices = schema.if_contains("enum"))
        if (choices->is_array() && !choices->get_array().empty())
            return choices->get_array().front();
    const std::string_view type = type_of(schema);
    if (type == "object") return example_object(schema, text, depth);
    if (type == "array") return json::array();
    if (type == "integer" || type == "number") return 1;
    if (type == "boolean") return true;
    if (type == "null") return nullptr;
    return json::value(text);
}

}  // namespace

ToolCall call_tool(const json::value& tool, std::string_view text) {
    if (!tool.is_object()) return {};
    const json::object* function = object_in(tool.get_object(), "function");
    if (function == nullptr) return {};
    const json::value* name = function->if_contains("name");
    if (name == nullptr || !name->is_string()) return {};
    const json::object* parameters = object_in(*function, "parameters");
    const json::object arguments =
        parameters == nullptr ? json::object() : example_object(*parameters, text, 0);
    return {.name = std::string(name->get_string()), .arguments = json::serialize(arguments)};
}

}  // namespace sluice::llm::mock
