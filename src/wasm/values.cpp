#include <sluice/values.hpp>

#include <fmt/format.h>

#include <string_view>

namespace sluice {
namespace {

std::string_view spelling(ValueType type) {
    switch (type) {
        case ValueType::i32:
            return "i32";
        case ValueType::i64:
            return "i64";
        case ValueType::f32:
            return "f32";
        case ValueType::f64:
            return "f64";
        case ValueType::v128:
            return "v128";
        case ValueType::reference:
            break;
    }
    return "ref";
}

std::string spelling(const std::vector<ValueType>& types) {
    std::string text;
    for (const ValueType type : types) {
        if (!text.empty()) text += ", ";
        text += spelling(type);
    }
    return text;
}

}  // namespace

std::string to_string(const FunctionType& type) {
    switch (type.results.size()) {
        case 0:
            return fmt::format("({})", spelling(type.parameters));
        case 1:
            return fmt::format("({}) -> {}", spelling(type.parameters), spelling(type.results));
        default:
            return fmt::format("({}) -> ({})", spelling(type.parameters), spelling(type.results));
    }
}

}  // namespace sluice
