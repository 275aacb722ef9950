#pragma once

#include <sluice/observe.hpp>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

/// For programs that link prometheus-cpp (core): only what includes this header needs it.
namespace sluice::observe {

struct PrometheusOptions {
    std::string prefix = "sluice_plugin_";
    /// Names of functions and metrics come from guests; what is beyond so many series is dropped.
    std::size_t max_series = 1'000;
    /// Upper bounds of the duration's buckets, in seconds, ascending.
    prometheus::Histogram::BucketBoundaries buckets{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10};
};

/// Feeds a prometheus-cpp registry with the traces of plug-ins. Series, each with the label
/// `plugin`, behind `prefix`:
///   - `call_duration_seconds{function}`, a histogram, and `call_errors_total{function}`
///   - `memory_grown_bytes_total`: by which calls made their memory grow
///   - `counter_total{name}` and `gauge{name}`: what guests count ("hits:1|c") and measure
///     ("depth:3|g"); other kinds of statsd metrics are left out
///   - `dropped_total`: metrics beyond `max_series` or in no notation that is known, and what the
///     trace itself had dropped
///
/// Threads: as Adapter. Lifetime: shares the registry.
class PrometheusAdapter final : public Adapter {
  public:
    explicit PrometheusAdapter(std::shared_ptr<prometheus::Registry> registry,
                               PrometheusOptions options = {})
        : registry_(std::move(registry)),
          options_(std::move(options)),
          durations_(family(prometheus::BuildHistogram(), "call_duration_seconds",
                            "How long calls of plug-ins took")),
          errors_(family(prometheus::BuildCounter(), "call_errors_total",
                         "Calls of plug-ins that failed")),
          grown_(family(prometheus::BuildCounter(), "memory_grown_bytes_total",
                        "By how much calls made the memory of plug-ins grow")),
          counters_(family(prometheus::BuildCounter(), "counter_total", "What plug-ins count")),
          gauges_(family(prometheus::BuildGauge(), "gauge", "What plug-ins measure")),
          dropped_(family(prometheus::BuildCounter(), "dropped_total",
                          "Of what plug-ins told, how much is in no series")) {}

    void handle(Trace trace) noexcept override {
        if (trace.spans.empty()) return;
        const prometheus::Labels plugin{{"plugin", trace.plugin}};
        auto dropped = static_cast<double>(trace.dropped);
        const Span& call = trace.spans.front();
        if (const auto labels = series("f", trace.plugin, "function", call.name)) {
            durations_.Add(*labels, options_.buckets)
                .Observe(std::chrono::duration<double>(call.duration).count());
            auto& errors = errors_.Add(*labels);
            if (!trace.error.empty()) errors.Increment();
        } else {
            ++dropped;
        }
        double grown = 0;
        for (const Span& span : trace.spans) grown += static_cast<double>(span.grown_pages) * 65536;
        grown_.Add(plugin).Increment(grown);
        for (const Metric& metric : trace.metrics)
            if (!take(trace.plugin, metric.text)) ++dropped;
        dropped_.Add(plugin).Increment(dropped);
    }

  private:
    template <class Series>
    prometheus::Family<Series>& family(prometheus::detail::Builder<Series> builder,
                                       std::string_view name, const char* help) {
        return builder.Name(options_.prefix + std::string(name)).Help(help).Register(*registry_);
    }

    /// The labels of a series that is known or may still be made; nothing when there are too many.
    std::optional<prometheus::Labels> series(std::string_view kind, const std::string& plugin,
                                             const char* label, const std::string& value) {
        std::string key(kind);
        key.append(1, '\0').append(plugin).append(1, '\0').append(value);
        {
            const std::lock_guard lock(mutex_);
            if (!known_.contains(key)) {
                if (known_.size() >= options_.max_series) return std::nullopt;
                known_.insert(std::move(key));
            }
        }
        return prometheus::Labels{{"plugin", plugin}, {label, value}};
    }

    /// One metric in statsd's notation: `name:value|kind`, and what may stand behind the kind.
    bool take(const std::string& plugin, std::string_view text) {
        const std::size_t colon = text.find(':');
        const std::size_t bar = text.find('|', colon == std::string_view::npos ? 0 : colon);
        if (colon == 0 || colon == std::string_view::npos || bar == std::string_view::npos)
            return false;
        const std::string_view number = text.substr(colon + 1, bar - colon - 1);
        const std::string_view kind = text.substr(bar + 1, text.find('|', bar + 1) - bar - 1);
        const bool is_signed = number.starts_with('+') || number.starts_with('-');
        double value = 0;
        const char* const begin = number.data() + (number.starts_with('+') ? 1 : 0);
        const auto [end, error] = std::from_chars(begin, number.data() + number.size(), value);
        if (error != std::errc() || end != number.data() + number.size()) return false;
        if (kind != "c" && kind != "g") return false;
        if (kind == "c" && !(value >= 0)) return false;
        const auto labels = series(kind, plugin, "name", std::string(text.substr(0, colon)));
        if (!labels) return false;
        if (kind == "c")
            counters_.Add(*labels).Increment(value);
        else if (is_signed)  // statsd: a sign changes the value
            gauges_.Add(*labels).Increment(value);
        else
            gauges_.Add(*labels).Set(value);
        return true;
    }

    std::shared_ptr<prometheus::Registry> registry_;
    PrometheusOptions options_;
    prometheus::Family<prometheus::Histogram>& durations_;
    prometheus::Family<prometheus::Counter>& errors_;
    prometheus::Family<prometheus::Counter>& grown_;
    prometheus::Family<prometheus::Counter>& counters_;
    prometheus::Family<prometheus::Gauge>& gauges_;
    prometheus::Family<prometheus::Counter>& dropped_;
    std::mutex mutex_{};
    std::set<std::string> known_{};  // under the mutex
};

}  // namespace sluice::observe
