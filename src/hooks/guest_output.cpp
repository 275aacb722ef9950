#include "hooks/guest_output.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace sluice::hooks {
namespace {

constexpr int lowest_level = spdlog::level::trace;
constexpr int information = spdlog::level::info;
constexpr int warning = spdlog::level::warn;
constexpr int highest_level = spdlog::level::err;
static_assert(lowest_level == 0 && information == 2 && warning == 3 && highest_level == 4);

/// As the gateway's log writes it. Static text.
std::string_view name_of(spdlog::level::level_enum level) {
    const auto name = spdlog::level::to_string_view(level);
    return {name.data(), name.size()};
}

}  // namespace

GuestOutput::~GuestOutput() {
    flush();
}

void GuestOutput::write(int fd, std::string_view text) {
    std::string& line = lines_[fd == 2 ? 1 : 0];
    for (const char c : text) {
        if (c != '\n') line.push_back(c);
        if (c != '\n' && line.size() < max_line_bytes) continue;
        end_line(fd);
        count_line();
    }
}

void GuestOutput::log(int level, std::string_view text) {
    if (level < lowest_level || level > highest_level) level = information;
    if (!spdlog::should_log(static_cast<spdlog::level::level_enum>(level))) return;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::size_t size = std::min(end, max_line_bytes);
        put(level, text.substr(0, size));
        text.remove_prefix(size == end ? std::min(end + 1, text.size()) : size);
        count_line();
    }
}

LogLevel GuestOutput::level_read() noexcept {
    const int level = spdlog::get_level();
    return level > highest_level ? LogLevel::off : static_cast<LogLevel>(level);
}

void GuestOutput::count_line() {
    if (++lines_of_call_ > budget_.allowed())
        throw Error(ErrorCode::guest_error,
                    fmt::format("logged more than {} lines in one call", budget_.allowed()));
}

void GuestOutput::flush() {
    for (int fd = 1; fd <= 2; ++fd) end_line(fd);
}

void GuestOutput::end_line(int fd) {
    std::string& line = lines_[fd == 2 ? 1 : 0];
    put(fd == 2 ? warning : information, line);
    line.clear();
}

void GuestOutput::put(int level, std::string_view line) {
    if (line.empty()) return;
    switch (budget_.take(std::chrono::steady_clock::now(), usage_)) {
        case LogBudget::Answer::log: {
            const auto as_logged = static_cast<spdlog::level::level_enum>(level);
            if (kept_ != nullptr) kept_->add(name_of(as_logged), line);
            spdlog::log(as_logged, "plug-in {}: {}", plugin_, line);
            break;
        }
        case LogBudget::Answer::first_too_many:
            spdlog::warn(
                "plug-in {}: logs more than limits.log_lines_per_second ({}); the rest of "
                "this second is left out",
                plugin_, budget_.allowed());
            break;
        case LogBudget::Answer::too_many:
            break;
    }
}

}  // namespace sluice::hooks
