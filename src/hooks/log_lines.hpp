#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::hooks {

/// The last lines that a plug-in and the gateway have logged about it.
///
/// Threads: any. Never blocks but for a copy of a line.
class LogLines {
  public:
    static constexpr std::size_t most_lines = 500;

    /// Who says it: the plug-in, or the gateway about a hook that failed.
    enum class Source : std::uint8_t { plugin, gateway };

    struct Line {
        std::uint64_t number = 0;       ///< from 1, without a gap but for lines that are forgotten
        std::int64_t timestamp_us = 0;  ///< since the epoch
        std::string_view level{};       ///< "info", "warning", ...; static text
        std::string text{};
        Source source = Source::plugin;
    };

    /// `level` is static text.
    void add(std::string_view level, std::string_view text, Source source = Source::plugin);

    /// What came behind the line of that number, as far as it is still known.
    std::vector<Line> after(std::uint64_t number) const;
    /// The number of the newest line; 0 when there was none.
    std::uint64_t last() const;

  private:
    mutable std::mutex mutex_{};
    std::deque<Line> lines_{};
    std::uint64_t last_ = 0;
};

}  // namespace sluice::hooks
