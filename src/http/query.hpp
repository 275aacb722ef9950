#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::http {

/// The pairs of a query in order, decoded: `%41` and `+` too. A `%` that no two hexadecimal digits
/// follow stays as it is. Source: WHATWG URL, application/x-www-form-urlencoded parsing.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

/// Pairs put together again, what is reserved percent-encoded.
std::string format_query(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace sluice::http
