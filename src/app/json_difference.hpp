#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace sluice::app {

/// One sentence for each place where two JSON values differ: "request.input[0].content: expected
/// "a", was "b"". The order of members does not count, nor does 1 against 1.0.
std::vector<std::string> differences(const boost::json::value& expected,
                                     const boost::json::value& actual);

}  // namespace sluice::app
