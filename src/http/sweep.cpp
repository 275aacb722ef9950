#include "http/sweep.hpp"

#include <time.h>

#include <cassert>
#include <utility>

namespace sluice::http {

/// Shared with the pending tick, which may come after the sweep has gone.
struct Sweep::Timing {
    Timing(Executor executor, Clock::duration each) : timer(executor), tick(each) {}

    static void arm(const std::shared_ptr<Timing>& timing) {
        timing->timer.expires_after(timing->tick);
        timing->timer.async_wait([timing](const error_code& error) {
            if (error || timing->sweep == nullptr || !timing->running) return;
            timing->sweep->run(Clock::now());
            if (timing->running) arm(timing);
        });
    }

    Timer timer;
    Clock::duration tick;
    Sweep* sweep = nullptr;
    bool running = false;
};

Sweep::Sweep(Executor executor, Clock::duration tick)
    : timing_(std::make_shared<Timing>(executor, tick)) {
    timing_->sweep = this;
}

Sweep::~Sweep() {
    assert(deadlines_.empty());
    stop();
    timing_->sweep = nullptr;
}

void Sweep::start() {
    if (std::exchange(timing_->running, true)) return;
    Timing::arm(timing_);
}

void Sweep::stop() noexcept {
    timing_->running = false;
    timing_->timer.cancel();
}

void Sweep::each_tick(std::function<void(Clock::time_point)> work) {
    works_.push_back(std::move(work));
}

void Sweep::run(Clock::time_point now) {
    for (Deadline* deadline : deadlines_) {
        if (deadline->at_ > now) continue;
        deadline->expired_ = true;
        deadline->cancel_();
    }
    for (const auto& work : works_) work(now);
}

Clock::time_point Sweep::now() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return Clock::time_point(std::chrono::seconds(time.tv_sec) +
                             std::chrono::nanoseconds(time.tv_nsec));
}

Deadline::Deadline(Sweep& sweep, std::function<void()> cancel)
    : sweep_(sweep), index_(sweep.deadlines_.size()), cancel_(std::move(cancel)) {
    sweep_.deadlines_.push_back(this);
}

Deadline::~Deadline() {
    Deadline* const last = sweep_.deadlines_.back();
    sweep_.deadlines_[index_] = last;
    last->index_ = index_;
    sweep_.deadlines_.pop_back();
}

}  // namespace sluice::http
