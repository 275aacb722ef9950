#include "gateway/metrics.hpp"

#include "gateway/process_metrics.hpp"
#include "llm/outcome.hpp"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

namespace sluice::gateway {

namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

/// Model names come from clients. Beyond this many they share the label "other", so that nobody can
/// fill the memory with series.
constexpr std::size_t most_models = 200;

/// And nobody needs a model's name that is longer.
constexpr std::size_t longest_model = 128;

const Buckets& request_seconds() {
    static const Buckets bounds{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                0.5,   1,     2.5,  5,     10,   30,  60};
    return bounds;
}

const Buckets& upstream_seconds() {
    static const Buckets bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                2.5,   5,    10,    30,   60,  120,  300, 900};
    return bounds;
}

const Buckets& hook_seconds() {
    static const Buckets bounds{0.000002, 0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025,
                                0.0005,   0.001,    0.0025,  0.005,    0.01,    0.05,   0.5};
    return bounds;
}

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

template <class Metric>
prometheus::Family<Metric>& family(prometheus::Registry& registry, const char* name,
                                   const char* help) {
    if constexpr (std::is_same_v<Metric, prometheus::Counter>)
        return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    else
        return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

using CounterFamily = prometheus::Family<prometheus::Counter>;
using HistogramFamily = prometheus::Family<prometheus::Histogram>;

}  // namespace

class Metrics::Upstream {
  public:
    prometheus::Counter& requests;
    prometheus::Counter& successes;
    CounterFamily& errors;  // its series depend on the error: made when there is one
    prometheus::Labels labels;
    prometheus::Histogram& success_latency;
    prometheus::Histogram& error_latency;
    prometheus::Counter& prompt_tokens;
    prometheus::Counter& completion_tokens;
};

class Metrics::Hook {
  public:
    prometheus::Histogram& duration;
    prometheus::Counter& errors;
    prometheus::Counter& pauses;
    prometheus::Counter& paused_calls;
};

class Metrics::Shadow {
  public:
    std::array<prometheus::Counter*, shadow_results.size()> results;
    Hook& hook;
};

class Metrics::Route {
  public:
    prometheus::Counter& requests;
    prometheus::Histogram& duration;
};

struct Metrics::State {
    prometheus::Registry registry{};

    CounterFamily& http_requests = family<prometheus::Counter>(
        registry, "http_requests_total", "Requests answered, by path, method and status");
    HistogramFamily& http_duration =
        family<prometheus::Histogram>(registry, "http_request_duration_seconds",
                                      "From a request's first byte to its answer's last");
    CounterFamily& upstream_requests = family<prometheus::Counter>(
        registry, "bifrost_upstream_requests_total", "Attempts sent to a provider");
    CounterFamily& upstream_successes = family<prometheus::Counter>(
        registry, "bifrost_success_requests_total", "Attempts that a provider answered well");
    CounterFamily& upstream_errors = family<prometheus::Counter>(
        registry, "bifrost_error_requests_total", "Attempts that failed");
    HistogramFamily& upstream_latency = family<prometheus::Histogram>(
        registry, "bifrost_upstream_latency_seconds", "From sending an attempt to its last byte");
    CounterFamily& prompt_tokens = family<prometheus::Counter>(
        registry, "bifrost_input_tokens_total", "Prompt tokens that providers reported");
    CounterFamily& completion_tokens = family<prometheus::Counter>(
        registry, "bifrost_output_tokens_total", "Completion tokens that providers reported");
    HistogramFamily& hook_duration = family<prometheus::Histogram>(
        registry, "sluice_plugin_hook_duration_seconds", "One hook call, the host's side included");
    CounterFamily& hook_errors = family<prometheus::Counter>(
        registry, "sluice_plugin_hook_errors_total",
        "Hook calls that failed: the plug-in's own error, a trap, a limit or a bad answer");
    CounterFamily& hook_pauses = family<prometheus::Counter>(
        registry, "sluice_plugin_pauses_total",
        "How often a plug-in's breaker opened, by the hook whose failure did it");
    CounterFamily& hook_paused_calls =
        family<prometheus::Counter>(registry, "sluice_plugin_paused_calls_total",
                                    "Hook calls that were not made: the breaker was open");

    CounterFamily& shadow_calls = family<prometheus::Counter>(
        registry, "sluice_plugin_shadow_calls_total",
        "Calls of a plug-in's shadow, by what came of comparing its answer");

    mutable std::mutex mutex{};
    std::map<std::pair<std::string, std::string>, Upstream, std::less<>> upstreams{};
    std::map<std::tuple<std::string, hooks::Phase, std::string>, Hook, std::less<>> hooks{};
    std::map<std::pair<std::string, hooks::Phase>, Shadow, std::less<>> shadows{};
    std::map<std::tuple<std::string, std::string, int>, Route, std::less<>> routes{};
    struct Reading {
        std::string name;
        std::string help;
        std::function<double()> read;

        prometheus::MetricFamily family() const;
    };
    std::vector<Reading> readings{};
    std::vector<std::function<void(std::vector<prometheus::MetricFamily>&)>> collections{};
};

prometheus::MetricFamily Metrics::State::Reading::family() const {
    prometheus::ClientMetric metric;
    const bool counts = std::string_view(name).ends_with("_total");
    (counts ? metric.counter.value : metric.gauge.value) = read();
    const auto type = counts ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    return {.name = name, .help = help, .type = type, .metric = {metric}};
}

Metrics::Metrics() : state_(std::make_unique<State>()) {
    add_process_metrics(*this);
}
Metrics::~Metrics() = default;

Metrics::Upstream& Metrics::upstream(std::string_view provider, std::string_view model) {
    const std::lock_guard lock(state_->mutex);
    const bool usable = model.size() <= longest_model;
    auto key = std::pair(std::string(provider), std::string(usable ? model : "other"));
    if (const auto found = state_->upstreams.find(key); found != state_->upstreams.end())
        return found->second;
    if (state_->upstreams.size() >= most_models) {
        key.second = "other";
        if (const auto found = state_->upstreams.find(key); found != state_->upstreams.end())
            return found->second;
    }
    const prometheus::Labels labels{{"provider", key.first}, {"model", key.second}};
    const auto latency = [&](const char* is_success) -> prometheus::Histogram& {
        prometheus::Labels with_success = labels;
        with_success.emplace("is_success", is_success);
        return state_->upstream_latency.Add(with_success, upstream_seconds());
    };
    Upstream made{.requests = state_->upstream_requests.Add(labels),
                  .successes = state_->upstream_successes.Add(labels),
                  .errors = state_->upstream_errors,
                  .labels = labels,
                  .success_latency = latency("true"),
                  .error_latency = latency("false"),
                  .prompt_tokens = state_->prompt_tokens.Add(labels),
                  .completion_tokens = state_->completion_tokens.Add(labels)};
    return state_->upstreams.emplace(std::move(key), made).first->second;
}

Metrics::Hook& Metrics::hook(std::string_view plugin, hooks::Phase phase,
                             std::string_view version) {
    const std::lock_guard lock(state_->mutex);
    auto key = std::tuple(std::string(plugin), phase, std::string(version));
    if (const auto found = state_->hooks.find(key); found != state_->hooks.end())
        return found->second;
    const prometheus::Labels labels{{"plugin", std::get<0>(key)},
                                    {"hook", std::string(hooks::export_name(phase))},
                                    {"version", std::get<2>(key)}};
    Hook made{.duration = state_->hook_duration.Add(labels, hook_seconds()),
              .errors = state_->hook_errors.Add(labels),
              .pauses = state_->hook_pauses.Add(labels),
              .paused_calls = state_->hook_paused_calls.Add(labels)};
    return state_->hooks.emplace(std::move(key), made).first->second;
}

Metrics::Shadow& Metrics::shadow(std::string_view plugin, hooks::Phase phase) {
    Hook& own = hook(plugin, phase, "shadow");
    const std::lock_guard lock(state_->mutex);
    auto key = std::pair(std::string(plugin), phase);
    if (const auto found = state_->shadows.find(key); found != state_->shadows.end())
        return found->second;
    Shadow made{.results = {}, .hook = own};
    for (std::size_t i = 0; i < shadow_results.size(); ++i)
        made.results[i] =
            &state_->shadow_calls.Add({{"plugin", key.first},
                                       {"hook", std::string(hooks::export_name(phase))},
                                       {"result", std::string(shadow_results[i])}});
    return state_->shadows.emplace(std::move(key), made).first->second;
}

Metrics::Route& Metrics::route(std::string_view path, std::string_view method, int status) {
    const std::lock_guard lock(state_->mutex);
    auto key = std::tuple(std::string(path), std::string(method), status);
    if (const auto found = state_->routes.find(key); found != state_->routes.end())
        return found->second;
    const prometheus::Labels labels{{"path", std::get<0>(key)},
                                    {"method", std::get<1>(key)},
                                    {"status", fmt::format("{}", status)}};
    Route made{.requests = state_->http_requests.Add(labels),
               .duration = state_->http_duration.Add(labels, request_seconds())};
    return state_->routes.emplace(std::move(key), made).first->second;
}

void Metrics::observe(Route& route, std::chrono::nanoseconds duration) {
    route.requests.Increment();
    route.duration.Observe(seconds(duration));
}

void Metrics::observe(Upstream& upstream, std::chrono::nanoseconds duration, bool success) {
    upstream.requests.Increment();
    if (success) upstream.successes.Increment();
    (success ? upstream.success_latency : upstream.error_latency).Observe(seconds(duration));
}

void Metrics::count_error(Upstream& upstream, int status) {
    prometheus::Labels labels = upstream.labels;
    labels.emplace("status_code", fmt::format("{}", status));
    labels.emplace("error_type", llm::error_type_of(status));
    upstream.errors.Add(labels).Increment();
}

void Metrics::count_tokens(Upstream& upstream, std::uint64_t prompt, std::uint64_t completion) {
    upstream.prompt_tokens.Increment(static_cast<double>(prompt));
    upstream.completion_tokens.Increment(static_cast<double>(completion));
}

void Metrics::observe(Hook& hook, std::chrono::nanoseconds duration) {
    hook.duration.Observe(seconds(duration));
}

void Metrics::count_error(Hook& hook) {
    hook.errors.Increment();
}

void Metrics::count_pause(Hook& hook) {
    hook.pauses.Increment();
}

void Metrics::count_paused_call(Hook& hook) {
    hook.paused_calls.Increment();
}

void Metrics::count(Shadow& shadow, ShadowResult result) {
    shadow.results[static_cast<std::size_t>(result)]->Increment();
    if (result == ShadowResult::failed) count_error(shadow.hook);
}

void Metrics::observe(Shadow& shadow, std::chrono::nanoseconds duration) {
    observe(shadow.hook, duration);
}

void Metrics::gauge(std::string_view name, std::string_view help, std::function<double()> read) {
    const std::lock_guard lock(state_->mutex);
    state_->readings.push_back({std::string(name), std::string(help), std::move(read)});
}

void Metrics::collect(std::function<void(std::vector<prometheus::MetricFamily>&)> read) {
    const std::lock_guard lock(state_->mutex);
    state_->collections.push_back(std::move(read));
}

std::string Metrics::scrape() const {
    std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
    {
        const std::lock_guard lock(state_->mutex);
        for (const auto& each : state_->readings) families.push_back(each.family());
        for (const auto& read : state_->collections) read(families);
    }
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace sluice::gateway
