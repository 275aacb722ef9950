#pragma once

#include "base/json_reader.hpp"
#include "base/json_spots.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// What a JsonFile and its readers share. Private to them.
struct JsonFile::State {
    struct Problem {
        std::string path;
        std::string words;
        std::size_t offset;
    };

    void note(std::string path, std::string words) {
        const auto spot = spots.by_path.find(path);
        const std::size_t offset = spot == spots.by_path.end() ? 0 : spot->second.begin;
        problems.push_back({std::move(path), std::move(words), offset});
    }

    std::string file;
    std::string text;
    boost::json::value root;
    JsonSpots spots;
    std::vector<Problem> problems;
};

}  // namespace sluice
