#include "hooks/guest_output.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

namespace sluice::hooks {

GuestOutput::~GuestOutput() {
    flush();
}

void GuestOutput::write(int fd, std::string_view text) {
    std::string& line = lines_[fd == 2 ? 1 : 0];
    for (const char c : text) {
        if (c != '\n') line.push_back(c);
        if (c != '\n' && line.size() < max_line_bytes) continue;
        log(fd, line);
        if (++lines_of_call_ > budget_.allowed())
            throw Error(ErrorCode::guest_error,
                        fmt::format("logged more than {} lines in one call", budget_.allowed()));
    }
}

void GuestOutput::flush() {
    for (int fd = 1; fd <= 2; ++fd) log(fd, lines_[static_cast<std::size_t>(fd) - 1]);
}

void GuestOutput::log(int fd, std::string& line) {
    if (line.empty()) return;
    switch (budget_.take(std::chrono::steady_clock::now(), usage_)) {
        case LogBudget::Answer::log:
            spdlog::log(fd == 2 ? spdlog::level::warn : spdlog::level::info, "plug-in {}: {}",
                        plugin_, line);
            break;
        case LogBudget::Answer::first_too_many:
            spdlog::warn(
                "plug-in {}: logs more than limits.log_lines_per_second ({}); the rest of "
                "this second is left out",
                plugin_, budget_.allowed());
            break;
        case LogBudget::Answer::too_many:
            break;
    }
    line.clear();
}

}  // namespace sluice::hooks
