#include "gateway/shadow_runner.hpp"

#include <sluice/error.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace sluice::gateway {
namespace {

/// How long instances of a shadow that is gone may stay when nothing else happens.
constexpr std::chrono::seconds tidy_pause{5};

}  // namespace

ShadowRunner::~ShadowRunner() {
    thread_.request_stop();
}

void ShadowRunner::take(std::shared_ptr<PluginShadow> shadow, ShadowCall call,
                        Metrics::Shadow& series) {
    {
        const std::lock_guard lock(mutex_);
        if (!thread_.joinable())
            thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
        jobs_.push_back({std::move(shadow), std::move(call), &series});
    }
    work_.notify_one();
}

void ShadowRunner::run(const std::stop_token& stop) {
    // Requests come first: on a busy core shadows wait, and fall behind rather than stand in the
    // way.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);
    for (std::unique_lock lock(mutex_); !stop.stop_requested();) {
        const auto has_work = [this] { return !jobs_.empty(); };
        if (guests_.empty())
            work_.wait(lock, stop, has_work);
        else
            work_.wait_for(lock, stop, tidy_pause, has_work);
        if (stop.stop_requested()) break;
        std::optional<Job> job;
        if (!jobs_.empty()) {
            job.emplace(std::move(jobs_.front()));
            jobs_.pop_front();
        }
        lock.unlock();
        if (job) repeat(*job, stop);
        job.reset();
        drop_old_guests();
        lock.lock();
    }
    guests_.clear();
}

void ShadowRunner::repeat(const Job& job, const std::stop_token& stop) {
    const auto begin = std::chrono::steady_clock::now();
    try {
        const ShadowResult result = job.shadow->run(pool_of(job.shadow), job.call, values_, stop);
        job.shadow->count(job.call.phase, result);
        Metrics::count(*job.series, result);
        Metrics::observe(*job.series, std::chrono::steady_clock::now() - begin);
    } catch (const Error&) {
        // The gateway ends: what was not compared by now never is.
    }
    job.shadow->leave(job.call.bytes());
}

hooks::InstancePool& ShadowRunner::pool_of(const std::shared_ptr<PluginShadow>& shadow) {
    const auto found = std::ranges::find_if(
        guests_, [&](const Guests& guests) { return guests.shadow.lock() == shadow; });
    if (found != guests_.end()) return *found->pool;
    guests_.push_back({shadow, std::make_unique<hooks::InstancePool>(shadow->plugin())});
    return *guests_.back().pool;
}

void ShadowRunner::drop_old_guests() {
    std::erase_if(guests_, [](const Guests& guests) { return guests.shadow.expired(); });
}

}  // namespace sluice::gateway
