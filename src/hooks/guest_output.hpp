#pragma once

#include "hooks/log_budget.hpp"
#include "hooks/log_lines.hpp"
#include "hooks/plugin_usage.hpp"

#include <sluice/log.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::hooks {

/// What one guest prints, put into the log line by line with the plug-in's name.
///
/// Threads: the one that runs the guest.
class GuestOutput {
  public:
    static constexpr std::size_t max_line_bytes = 4096;  ///< longer lines are cut into pieces

    /// `lines` may be null. Lifetime: all of them outlive it.
    GuestOutput(std::string_view plugin, LogBudget& budget, PluginUsage& usage,
                LogLines* lines = nullptr)
        : plugin_(plugin), budget_(budget), usage_(usage), kept_(lines) {}
    ~GuestOutput();
    GuestOutput(const GuestOutput&) = delete;
    GuestOutput& operator=(const GuestOutput&) = delete;

    /// `fd` 2 is logged as a warning, 1 as information. What is beyond the plug-in's lines of this
    /// second is dropped and counted.
    /// Errors: \throws Error guest_error when the lines of one call alone would fill a second.
    void write(int fd, std::string_view text);
    /// Logs each line of `text` at a level of its own: 0 trace, 1 debug, 2 information, 3 warning,
    /// 4 error. What nobody reads at the present level of the log does not count. Errors: as
    /// write().
    void log(int level, std::string_view text);
    /// The lowest level that anybody reads at present, in the numbers of Extism's guests: see
    /// LogLevel.
    static LogLevel level_read() noexcept;
    /// The lines of the call before do not count any more.
    void begin_call() noexcept { lines_of_call_ = 0; }
    /// Whether write() has refused to go on.
    bool flooded() const noexcept { return lines_of_call_ > budget_.allowed(); }
    /// Logs lines that are not ended yet: a guest's last words come without a line feed.
    void flush();

  private:
    void end_line(int fd);
    void put(int level, std::string_view line);
    void count_line();

    std::string plugin_;
    LogBudget& budget_;
    PluginUsage& usage_;
    LogLines* kept_;
    std::uint64_t lines_of_call_ = 0;
    std::array<std::string, 2> lines_{};
};

}  // namespace sluice::hooks
