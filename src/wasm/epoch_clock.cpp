#include "wasm/epoch_clock.hpp"

#include "wasm/handles.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace sluice::wasm {
namespace {

constexpr int ticks_before_rest = 64;
constexpr int slow = 4;

long membarrier(int command) {
    return ::syscall(SYS_membarrier, command, 0, 0);
}

}  // namespace

EpochClock::Runner::Runner(EpochClock& clock) : clock_(clock) {
    const std::lock_guard lock(clock_.mutex_);
    place_ = clock_.runners_.size();
    clock_.runners_.push_back(this);
}

EpochClock::Runner::~Runner() {
    const std::lock_guard lock(clock_.mutex_);
    auto& runners = clock_.runners_;
    runners[place_] = runners.back();
    runners[place_]->place_ = place_;
    runners.pop_back();
}

EpochClock::EpochClock(wasm_engine_t* engine, std::chrono::milliseconds tick)
    : engine_(engine),
      tick_(tick),
      // Kernels before 4.14, and sandboxes that forbid it, get a clock that never rests.
      may_rest_(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void EpochClock::stop() {
    thread_.request_stop();
    thread_.join();
}

void EpochClock::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    for (int ticks = 1; !stop.stop_requested(); ++ticks) {
        changed_.wait_for(lock, stop, some_call_is_long() ? tick_ : slow * tick_,
                          [] { return false; });
        wasmtime_engine_increment_epoch(engine_);
        if (may_rest_ && ticks % ticks_before_rest == 0) rest(lock, stop);
    }
}

/// Whether a guest that ran at the last tick has not come back since. Under the mutex.
bool EpochClock::some_call_is_long() noexcept {
    bool found = false;
    for (Runner* each : runners_) {
        const std::uint64_t running = each->running_.load(std::memory_order_relaxed);
        found |= running != 0 && running == each->seen_;
        each->seen_ = running;
    }
    return found;
}

void EpochClock::rest(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
    resting_.store(true, std::memory_order_relaxed);
    // After this barrier a guest either shows as running here, or its thread sees the clock at rest
    // and wakes it.
    const bool ordered = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
    const bool idle = std::ranges::none_of(runners_, [](const Runner* each) {
        return each->running_.load(std::memory_order_acquire) != 0;
    });
    if (ordered && idle)
        changed_.wait(lock, stop, [this] { return !resting_.load(std::memory_order_relaxed); });
    resting_.store(false, std::memory_order_relaxed);
}

void EpochClock::wake() noexcept {
    {
        const std::lock_guard lock(mutex_);
        resting_.store(false, std::memory_order_relaxed);
    }
    changed_.notify_one();
}

}  // namespace sluice::wasm
