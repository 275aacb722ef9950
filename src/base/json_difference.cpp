#include "base/json_difference.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

namespace json = boost::json;

class Comparison {
  public:
    void compare(const std::string& path, const json::value& expected, const json::value& actual) {
        if (expected.is_object() && actual.is_object())
            compare_objects(path, expected.get_object(), actual.get_object());
        else if (expected.is_array() && actual.is_array())
            compare_arrays(path, expected.get_array(), actual.get_array());
        else if (!same(expected, actual))
            note(path, &expected, &actual);
    }
    std::vector<JsonDifference> take() { return std::move(found_); }

  private:
    static bool same(const json::value& a, const json::value& b) {
        if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
        return a == b;
    }

    void compare_objects(const std::string& path, const json::object& expected,
                         const json::object& actual) {
        const auto below = [&](std::string_view key) {
            return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
        };
        for (const auto& [key, value] : expected) {
            const json::value* other = actual.if_contains(key);
            if (other == nullptr)
                note(below(key), &value, nullptr);
            else
                compare(below(key), value, *other);
        }
        for (const auto& [key, value] : actual)
            if (!expected.contains(key)) note(below(key), nullptr, &value);
    }

    void compare_arrays(const std::string& path, const json::array& expected,
                        const json::array& actual) {
        for (std::size_t i = 0; i < std::max(expected.size(), actual.size()); ++i) {
            const std::string below = fmt::format("{}[{}]", path, i);
            if (i >= actual.size())
                note(below, &expected[i], nullptr);
            else if (i >= expected.size())
                note(below, nullptr, &actual[i]);
            else
                compare(below, expected[i], actual[i]);
        }
    }

    static std::optional<json::value> copy(const json::value* value) {
        return value == nullptr ? std::nullopt : std::optional(*value);
    }
    void note(const std::string& path, const json::value* expected, const json::value* actual) {
        found_.push_back({path, copy(expected), copy(actual)});
    }

    std::vector<JsonDifference> found_;
};

std::string shown(const std::optional<json::value>& value) {
    return value ? json::serialize(*value) : "nothing";
}

}  // namespace

std::vector<JsonDifference> json_differences(const json::value& expected,
                                             const json::value& actual) {
    Comparison comparison;
    comparison.compare("", expected, actual);
    return comparison.take();
}

std::string in_words(const JsonDifference& difference) {
    return fmt::format("{}: expected {}, was {}", difference.path.empty() ? "it" : difference.path,
                       shown(difference.expected), shown(difference.actual));
}

}  // namespace sluice
