#include "base/json_difference.hpp"

#include <gmock/gmock.h>
#include <boost/json/parse.hpp>

#include <string>
#include <vector>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

namespace json = boost::json;

std::vector<std::string> words(const json::value& expected, const json::value& actual) {
    std::vector<std::string> found;
    for (const JsonDifference& each : json_differences(expected, actual))
        found.push_back(in_words(each));
    return found;
}

TEST(JsonDifference, NamesEachPlace) {
    EXPECT_THAT(words(json::parse(R"({"a": [1, {"b": "x"}], "gone": null, "n": 1})"),
                      json::parse(R"({"n": 1.0, "a": [1, {"b": "y"}, 2], "new": {}})")),
                ElementsAre(R"(a[1].b: expected "x", was "y")", "a[2]: expected nothing, was 2",
                            "gone: expected null, was nothing", "new: expected nothing, was {}"));
    EXPECT_THAT(words(nullptr, json::object()), ElementsAre("it: expected null, was {}"));
}

TEST(JsonDifference, IsNoneBetweenOrdersOfMembers) {
    EXPECT_THAT(
        words(json::parse(R"({"a": 1, "b": [true]})"), json::parse(R"({"b":[true],"a":1})")),
        IsEmpty());
}

}  // namespace
}  // namespace sluice
