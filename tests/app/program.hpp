#pragma once

#include "files.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::tests {

/// How a run of the program ended.
struct Ended {
    int status = 0;
    std::string output{};
    std::string errors{};
};

/// Runs `sluice ARGUMENTS` with `input` on its standard input until it ends.
Ended sluice(const std::vector<std::string>& arguments, std::string_view input = {});

/// The same with a terminal as its standard output; `variables` ("NAME=value") are added to its
/// environment. What it printed on the terminal comes back.
std::string sluice_on_terminal(const std::vector<std::string>& arguments,
                               const std::vector<std::string>& variables = {});

/// The path of tests/guests/NAME.wat.
std::string guest_path(std::string_view name);

}  // namespace sluice::tests
