#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice::fuzz {

/// Aborts unless every line of `message` begins with "FILE:LINE:", a line that `text` has.
inline void check_refusal_lines(std::string_view message, const std::string& file,
                                std::string_view text) {
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    do {
        const std::size_t end = std::min(message.find('\n'), message.size());
        std::string_view problem = message.substr(0, end);
        message.remove_prefix(std::min(end + 1, message.size()));
        if (!problem.starts_with(file + ":")) std::abort();
        problem.remove_prefix(file.size() + 1);
        std::size_t line = 0;
        const char* const last = problem.data() + problem.size();
        const auto [stop, fault] = std::from_chars(problem.data(), last, line);
        if (fault != std::errc() || stop == last || *stop != ':') std::abort();
        if (line < 1 || line > lines) std::abort();
    } while (!message.empty());
}

}  // namespace sluice::fuzz
