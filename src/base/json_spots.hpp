#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice {

/// Where a value stands in the text that it was read from.
struct JsonSpot {
    std::size_t begin = 0;  ///< offset of its first byte
    std::size_t end = 0;    ///< offset behind its last byte
};

/// Where every value of a JSON text stands, by path (`plugins[0].name`; the whole text is ""), and
/// the members that occur twice, which JSON parsers drop without a word.
///
/// A member's path is where its value stands; keys are taken as they are, so a key with a dot in it
/// reads like two steps.
struct JsonSpots {
    std::unordered_map<std::string, JsonSpot> by_path{};
    struct Repeated {
        std::string path{};
        std::size_t offset = 0;
    };
    std::vector<Repeated> repeated{};
};

/// `text` must be valid JSON: it is walked, not checked.
JsonSpots find_spots(std::string_view text);

/// The line of `text` that `offset` stands in, counted from 1.
std::size_t line_of(std::string_view text, std::size_t offset);

}  // namespace sluice
