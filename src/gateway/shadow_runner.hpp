#pragma once

#include "gateway/metrics.hpp"
#include "gateway/plugin_shadow.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace sluice::gateway {

/// The thread on which shadows repeat the calls of their plug-ins, one after another, when the
/// machine has nothing better to do. It is started by the first call.
///
/// Lifetime: the metrics that calls name outlive it. Its end stops the guest that runs and drops
/// what waits. Threads: any.
class ShadowRunner {
  public:
    explicit ShadowRunner(ShownValues values) : values_(values) {}
    ~ShadowRunner();
    ShadowRunner(const ShadowRunner&) = delete;
    ShadowRunner& operator=(const ShadowRunner&) = delete;

    /// Takes a call that `shadow` has admitted. Never waits for a guest.
    void take(std::shared_ptr<PluginShadow> shadow, ShadowCall call, Metrics::Shadow& series);

  private:
    struct Job {
        std::shared_ptr<PluginShadow> shadow;
        ShadowCall call;
        Metrics::Shadow* series;
    };
    /// The instances of a shadow, all of them this thread's.
    struct Guests {
        std::weak_ptr<PluginShadow> shadow;
        std::unique_ptr<hooks::InstancePool> pool;
    };

    void run(const std::stop_token& stop);
    void repeat(const Job& job, const std::stop_token& stop);
    hooks::InstancePool& pool_of(const std::shared_ptr<PluginShadow>& shadow);
    void drop_old_guests();

    const ShownValues values_;
    std::mutex mutex_{};
    std::condition_variable_any work_{};
    std::deque<Job> jobs_{};
    std::vector<Guests> guests_{};  ///< the thread's own
    std::jthread thread_{};
};

}  // namespace sluice::gateway
