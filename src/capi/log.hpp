#pragma once

#include "capi/border.hpp"

#include <sluice/log.hpp>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace sluice::capi {

/// Where the messages of all plug-ins of the process go. Nowhere until it is told.
/// Threads: any.
class Log {
  public:
    /// The lines that wait to be drained take no more than this; later ones are counted, not kept.
    static constexpr std::size_t max_kept_bytes = 16 << 20;

    /// False when a way was chosen before, or the file cannot be opened.
    bool write_to(const std::string& file, LogLevel lowest);
    bool keep(LogLevel lowest);

    /// The lowest level that is written; `off` until a way is chosen.
    LogLevel level() const noexcept { return level_.load(std::memory_order_relaxed); }

    /// `plugin` is its id as a text, or empty.
    void write(LogLevel level, std::string_view message, std::string_view plugin);

    /// Hands out the lines that were kept, and forgets them. More may be written meanwhile.
    void drain(const std::function<void(const std::string& line)>& handler);

  private:
    struct Close {
        void operator()(std::FILE* file) const noexcept;
    };

    std::mutex mutex_;  // of all below but level_
    std::unique_ptr<std::FILE, Close> file_{};
    bool keeps_ = false;
    std::deque<std::string> kept_{};
    std::size_t kept_bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::atomic<LogLevel> level_{LogLevel::off};
};

/// The process's own: C has no object to keep it in.
Log& process_log();

/// What a filter text says about plug-ins' messages: a level, or `target=level` pairs with commas
/// between, of which those for `extism` count. None: error.
/// Source: Extism runtime, `extism_log_file`; tracing's EnvFilter, without spans and fields.
LogLevel read_log_filter(std::string_view filter);

}  // namespace sluice::capi
