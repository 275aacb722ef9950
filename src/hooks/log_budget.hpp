#pragma once

#include "hooks/plugin_usage.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace sluice::hooks {

/// How many lines a plug-in may still log in the present second, over all its instances.
/// Threads: any.
class LogBudget {
  public:
    explicit LogBudget(std::uint32_t lines_per_second) : allowed_(lines_per_second) {}

    enum class Answer {
        log,
        first_too_many,  ///< of this second: worth a word
        too_many,
    };

    Answer take(std::chrono::steady_clock::time_point now, PluginUsage& usage) noexcept {
        const auto second = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
        std::uint64_t seen = state_.load(std::memory_order_relaxed);
        std::uint64_t next = 0;
        do {
            const bool same = seen >> count_bits == (second & second_mask);
            const std::uint64_t lines = same ? (seen & count_mask) + 1 : 1;
            next = (second & second_mask) << count_bits | (lines & count_mask);
        } while (!state_.compare_exchange_weak(seen, next, std::memory_order_relaxed));
        const std::uint64_t lines = next & count_mask;
        if (lines <= allowed_) {
            usage.log_lines.raise(lines);
            return Answer::log;
        }
        usage.log_lines_dropped.fetch_add(1, std::memory_order_relaxed);
        return lines == allowed_ + 1ULL ? Answer::first_too_many : Answer::too_many;
    }
    std::uint32_t allowed() const noexcept { return allowed_; }

  private:
    static constexpr unsigned count_bits = 32;
    static constexpr std::uint64_t count_mask = (1ULL << count_bits) - 1;
    static constexpr std::uint64_t second_mask = count_mask;

    std::uint32_t allowed_;
    std::atomic<std::uint64_t> state_{0};  ///< the second, then the lines in it
};

}  // namespace sluice::hooks
