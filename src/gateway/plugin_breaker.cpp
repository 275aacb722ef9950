#include "gateway/plugin_breaker.hpp"

namespace sluice::gateway {
namespace {

PluginBreaker::Clock::rep ticks(PluginBreaker::Clock::time_point time) {
    return time.time_since_epoch().count();
}

}  // namespace

bool PluginBreaker::admits(Clock::time_point now) noexcept {
    if (failures_.load(std::memory_order_relaxed) < most_failures_) return true;
    Clock::rep until = open_until_.load(std::memory_order_relaxed);
    // The thread that moves the end of the pause on is the one whose call tries the plug-in.
    if (ticks(now) >= until && open_until_.compare_exchange_strong(until, ticks(now + pause_),
                                                                   std::memory_order_relaxed)) {
        trying_.store(true, std::memory_order_relaxed);
        return true;
    }
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

bool PluginBreaker::record(Outcome outcome, Clock::time_point now) noexcept {
    if (outcome == Outcome::success) {
        // The usual case writes nothing: threads share this line.
        if (failures_.load(std::memory_order_relaxed) != 0)
            failures_.store(0, std::memory_order_relaxed);
        if (trying_.load(std::memory_order_relaxed))
            trying_.store(false, std::memory_order_relaxed);
        return false;
    }
    const std::uint32_t before = failures_.load(std::memory_order_relaxed);
    const bool tried = trying_.exchange(false, std::memory_order_relaxed);
    // In this order: whoever sees the last failure has to see the pause as well.
    if (before + 1 >= most_failures_) open_until_.store(ticks(now + pause_));
    const std::uint32_t counted = failures_.fetch_add(1) + 1;
    const bool opens = counted == most_failures_ || (tried && counted > most_failures_);
    if (opens) trips_.fetch_add(1, std::memory_order_relaxed);
    return opens;
}

std::string_view PluginBreaker::state(Clock::time_point now) const noexcept {
    if (failures_.load(std::memory_order_relaxed) < most_failures_) return "closed";
    const bool tries = trying_.load(std::memory_order_relaxed) ||
                       ticks(now) >= open_until_.load(std::memory_order_relaxed);
    return tries ? "half_open" : "open";
}

}  // namespace sluice::gateway
