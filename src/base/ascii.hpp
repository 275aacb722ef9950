#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// Letters of ASCII, in which case makes no difference to HTTP, host names and guests' keys. Not
/// std::tolower: that follows the process's locale.
namespace sluice {

constexpr char lower_case(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = lower_case(c);
    return lower;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return lower_case(x) == lower_case(y);
           });
}

}  // namespace sluice
