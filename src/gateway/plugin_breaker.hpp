#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace sluice::gateway {

/// Spares requests a plug-in that keeps failing.
///
/// Closed, it lets every call through. So many failures in a row open it, and no call gets through
/// for the length of a pause. Then it is half open: one call is let through, and its end closes or
/// opens it again; should that call never end, the next pause lets another one through.
/// Threads: any. Never blocks.
class PluginBreaker {
  public:
    using Clock = std::chrono::steady_clock;

    PluginBreaker(std::uint32_t failures, std::chrono::milliseconds pause)
        : most_failures_(failures), pause_(pause) {}

    /// Whether a call may be made now; each call that may is to be recorded.
    bool admits(Clock::time_point now) noexcept;

    enum class Outcome { success, failure };
    /// Tells whether this call has opened it.
    bool record(Outcome outcome, Clock::time_point now) noexcept;

    /// "closed", "open" or "half_open".
    std::string_view state(Clock::time_point now) const noexcept;
    std::uint32_t most_failures() const noexcept { return most_failures_; }
    std::chrono::milliseconds pause() const noexcept { return pause_; }
    /// How often it was opened.
    std::uint64_t trips() const noexcept { return trips_.load(std::memory_order_relaxed); }
    /// How many calls it did not let through.
    std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

  private:
    const std::uint32_t most_failures_;
    const std::chrono::milliseconds pause_;
    std::atomic<std::uint32_t> failures_{0};  ///< in a row
    std::atomic<Clock::rep> open_until_{0};
    std::atomic<bool> trying_{false};  ///< the one call of the half-open state is under way
    std::atomic<std::uint64_t> trips_{0};
    std::atomic<std::uint64_t> refused_{0};
};

}  // namespace sluice::gateway
