#include "hooks/guest_output.hpp"

#include <spdlog/spdlog.h>

namespace sluice::hooks {

GuestOutput::~GuestOutput() {
    flush();
}

void GuestOutput::write(int fd, std::string_view text) {
    std::string& line = lines_[fd == 2 ? 1 : 0];
    for (const char c : text) {
        if (c != '\n') line.push_back(c);
        if (c == '\n' || line.size() == max_line_bytes) log(fd, line);
    }
}

void GuestOutput::flush() {
    for (int fd = 1; fd <= 2; ++fd) log(fd, lines_[static_cast<std::size_t>(fd) - 1]);
}

void GuestOutput::log(int fd, std::string& line) {
    if (!line.empty())
        spdlog::log(fd == 2 ? spdlog::level::warn : spdlog::level::info, "plug-in {}: {}", plugin_,
                    line);
    line.clear();
}

}  // namespace sluice::hooks
