#pragma once

#include <array>
#include <string>
#include <string_view>

namespace sluice::hooks {

/// What one guest prints, put into the log line by line with the plug-in's name.
///
/// Threads: the one that runs the guest.
class GuestOutput {
  public:
    static constexpr std::size_t max_line_bytes = 4096;  ///< longer lines are cut into pieces

    explicit GuestOutput(std::string_view plugin) : plugin_(plugin) {}
    ~GuestOutput();
    GuestOutput(const GuestOutput&) = delete;
    GuestOutput& operator=(const GuestOutput&) = delete;

    /// `fd` 2 is logged as a warning, 1 as information.
    void write(int fd, std::string_view text);
    /// Logs lines that are not ended yet: a guest's last words come without a line feed.
    void flush();

  private:
    void log(int fd, std::string& line);

    std::string plugin_;
    std::array<std::string, 2> lines_{};
};

}  // namespace sluice::hooks
