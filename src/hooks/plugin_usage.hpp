#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace sluice::hooks {

/// The bounds of a plug-in that its calls may break, as `limits` of its configuration names them.
enum class Limit : std::uint8_t {
    none,
    timeout,
    cpu,
    init_timeout,
    memory,
    output,
    log_lines,
    variables,
    http_calls,
    llm_calls,
    stack
};

constexpr std::string_view name_of(Limit limit) {
    switch (limit) {
        case Limit::timeout:
            return "timeout_ms";
        case Limit::cpu:
            return "cpu_ms";
        case Limit::init_timeout:
            return "init_timeout_ms";
        case Limit::memory:
            return "memory_mb";
        case Limit::output:
            return "output_mb";
        case Limit::log_lines:
            return "log_lines_per_second";
        case Limit::variables:
            return "variable_bytes";
        case Limit::http_calls:
            return "http_calls";
        case Limit::llm_calls:
            return "llm_calls";
        case Limit::stack:
            return "stack";
        case Limit::none:
            break;
    }
    return {};
}

inline constexpr std::size_t limit_count = static_cast<std::size_t>(Limit::stack) + 1;

/// A number that only grows. Threads: any.
class Peak {
  public:
    void raise(std::uint64_t value) noexcept {
        std::uint64_t seen = most_.load(std::memory_order_relaxed);
        while (value > seen &&
               !most_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
        }
    }
    std::uint64_t value() const noexcept { return most_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> most_{0};
};

/// The most that one call, instance or second of a plug-in has used so far, on any thread.
/// Threads: any.
struct PluginUsage {
    Peak call_us{};
    Peak cpu_us{};  ///< only of calls that outlast a tick of the epoch clock
    Peak memory_bytes{};
    Peak output_bytes{};
    Peak instances{};  ///< on one thread
    Peak waiting{};    ///< on one thread
    Peak log_lines{};  ///< in one second
    Peak variable_bytes{};
    Peak http_calls{};  ///< of one request
    Peak llm_calls{};   ///< of one request
    std::atomic<std::uint64_t> log_lines_dropped{0};
    std::array<std::atomic<std::uint64_t>, limit_count> broken{};  ///< how often, by Limit

    void count_broken(Limit limit) noexcept {
        broken[static_cast<std::size_t>(limit)].fetch_add(1, std::memory_order_relaxed);
    }
};

}  // namespace sluice::hooks
