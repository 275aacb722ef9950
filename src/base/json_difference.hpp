#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// A place where two JSON values differ. A side that has no such place is empty.
struct JsonDifference {
    std::string path{};  ///< "request.input[0].content"; empty: the values themselves
    std::optional<boost::json::value> expected{};
    std::optional<boost::json::value> actual{};
};

/// Every place where they differ. The order of members does not count, nor does 1 against 1.0.
std::vector<JsonDifference> json_differences(const boost::json::value& expected,
                                             const boost::json::value& actual);

/// "request.input[0].content: expected "a", was "b""
std::string in_words(const JsonDifference& difference);

}  // namespace sluice
