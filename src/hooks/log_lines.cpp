#include "hooks/log_lines.hpp"

#include "base/wall_clock.hpp"

#include <algorithm>
#include <utility>

namespace sluice::hooks {

void LogLines::add(std::string_view level, std::string_view text, Source source) {
    Line line{
        .timestamp_us = epoch_us(), .level = level, .text = std::string(text), .source = source};
    const std::lock_guard lock(mutex_);
    line.number = ++last_;
    if (lines_.size() == most_lines) lines_.pop_front();
    lines_.push_back(std::move(line));
}

std::uint64_t LogLines::last() const {
    const std::lock_guard lock(mutex_);
    return last_;
}

std::vector<LogLines::Line> LogLines::after(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const auto first =
        std::ranges::find_if(lines_, [&](const Line& line) { return line.number > number; });
    return {first, lines_.end()};
}

}  // namespace sluice::hooks
