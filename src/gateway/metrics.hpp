#pragma once

#include "gateway/shadow_result.hpp"
#include "hooks/phase.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace sluice::gateway {

/// The gateway's series for /metrics. Hot-path members take handles that were looked up once.
///
/// Threads: any. Source: names of the facts page 9.1, listed in docs/metrics.md.
class Metrics {
  public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// Series of one provider and model; keep the reference, look it up once per route.
    class Upstream;
    Upstream& upstream(std::string_view provider, std::string_view model);
    /// Series of one plug-in, hook and version of the plug-in.
    class Hook;
    Hook& hook(std::string_view plugin, hooks::Phase phase, std::string_view version = "stable");
    /// Series of the shadow of one plug-in, for one hook.
    class Shadow;
    Shadow& shadow(std::string_view plugin, hooks::Phase phase);
    /// Series of one path, method and status class.
    class Route;
    Route& route(std::string_view path, std::string_view method, int status);

    static void observe(Route& route, std::chrono::nanoseconds duration);
    static void observe(Upstream& upstream, std::chrono::nanoseconds duration, bool success);
    /// Why an attempt that was observed as a failure failed.
    static void count_error(Upstream& upstream, int status);
    static void count_tokens(Upstream& upstream, std::uint64_t prompt, std::uint64_t completion);
    static void observe(Hook& hook, std::chrono::nanoseconds duration);
    static void count_error(Hook& hook);
    /// A plug-in's breaker opened; and a call that it did not let through.
    static void count_pause(Hook& hook);
    static void count_paused_call(Hook& hook);

    static void count(Shadow& shadow, ShadowResult result);
    /// How long a call of the shadow took.
    static void observe(Shadow& shadow, std::chrono::nanoseconds duration);

    /// A value that is read when it is scraped: queue depth, open connections. A name that ends in
    /// `_total` makes it a counter.
    void gauge(std::string_view name, std::string_view help, std::function<double()> read);

    /// Whole series that are read when they are scraped.
    void collect(std::function<void(std::vector<prometheus::MetricFamily>&)> read);

    /// The whole exposition, text format 0.0.4.
    std::string scrape() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::gateway
