#pragma once

#include <time.h>

#include <chrono>

namespace sluice::hooks {

/// Processor time that one call has used, however long it waited for its thread.
///
/// Most calls end within their first slice, which is shorter than a tick of the epoch clock: it is
/// left out, so that they pay nothing for the measuring.
class CpuMeter {
  public:
    void begin_slice() noexcept {
        if (measures_) begin_ = now();
    }
    /// The guest gave its thread back, or has ended.
    void end_slice() noexcept {
        if (measures_) spent_ += now() - begin_;
        measures_ = true;
    }
    std::chrono::nanoseconds spent() const noexcept { return spent_; }

  private:
    static std::chrono::nanoseconds now() noexcept {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }

    std::chrono::nanoseconds begin_{};
    std::chrono::nanoseconds spent_{};
    bool measures_ = false;
};

}  // namespace sluice::hooks
