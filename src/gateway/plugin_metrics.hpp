#pragma once

#include "hooks/host_calls.hpp"

#include <memory>
#include <string>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace sluice::gateway {

/// Series that plug-ins keep for themselves: counters and gauges named `sluice_plugin_own_NAME`
/// with the label `plugin` and those that the plug-in gives.
///
/// Threads: any.
class PluginMetrics {
  public:
    static constexpr std::size_t most_series = 200;  ///< of one plug-in

    PluginMetrics();
    ~PluginMetrics();
    PluginMetrics(const PluginMetrics&) = delete;
    PluginMetrics& operator=(const PluginMetrics&) = delete;

    /// Why nothing was changed, in one sentence; empty when it was: for names and labels that
    /// Prometheus does not take, a counter that would go down, a name that is of the other kind,
    /// and for series beyond the bound.
    std::string update(const hooks::MetricUpdate& update);

    /// All series, for a scrape.
    void collect(std::vector<prometheus::MetricFamily>& families) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::gateway
