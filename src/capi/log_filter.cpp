#include "capi/log.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <optional>

namespace sluice::capi {
namespace {

// Under which plug-ins write; a filter for something above or below it is for them.
constexpr std::string_view our_target = "extism";

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t first = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::optional<LogLevel> level_named(std::string_view word) {
    return log_level(lower_case(trimmed(word)));
}

}  // namespace

LogLevel read_log_filter(std::string_view filter) {
    LogLevel found = LogLevel::off;
    while (!filter.empty()) {
        const std::size_t comma = std::min(filter.find(','), filter.size());
        const std::string_view part = trimmed(filter.substr(0, comma));
        filter.remove_prefix(std::min(comma + 1, filter.size()));
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) {
            if (const auto level = level_named(part))
                found = *level;
            else if (part.starts_with(our_target))
                found = LogLevel::trace;
        } else if (part.starts_with(our_target)) {
            found = level_named(part.substr(equals + 1)).value_or(found);
        }
    }
    return found;
}

}  // namespace sluice::capi
