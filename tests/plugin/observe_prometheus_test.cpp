#include <sluice/observe_prometheus.hpp>

#include "plugins.hpp"

#include <gmock/gmock.h>
#include <prometheus/text_serializer.h>

namespace sluice {
namespace {

using observe::Trace;
using testing::HasSubstr;
using testing::Not;

class ObservePrometheus : public testing::Test {
  protected:
    std::string series() const {
        return prometheus::TextSerializer().Serialize(registry->Collect());
    }
    /// A trace as of a call of `function` in which the guest told of `metrics`.
    static Trace trace(std::string function, std::vector<std::string> metrics = {}) {
        Trace trace{.plugin = "p"};
        trace.spans.push_back(
            {.name = std::move(function), .duration = std::chrono::milliseconds(20)});
        for (std::string& text : metrics) trace.metrics.push_back({.text = std::move(text)});
        return trace;
    }

    std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
};

TEST_F(ObservePrometheus, FeedsARegistryWithWhatCallsTook) {
    Plugin observed(tests::manifest_of("observed"),
                    {.observer = std::make_shared<observe::PrometheusAdapter>(registry),
                     .observe = {.min_duration = {}}});
    tests::call(observed, "run");
    tests::call(observed, "run");

    const std::string text = series();
    EXPECT_THAT(text, HasSubstr("sluice_plugin_call_duration_seconds_count"
                                "{function=\"run\",plugin=\"observed\"} 2"));
    EXPECT_THAT(text, HasSubstr("sluice_plugin_call_errors_total"
                                "{function=\"run\",plugin=\"observed\"} 0"));
    EXPECT_THAT(text,
                HasSubstr("sluice_plugin_memory_grown_bytes_total{plugin=\"observed\"} 393216"));
    EXPECT_THAT(text,
                HasSubstr("sluice_plugin_counter_total{name=\"hits\",plugin=\"observed\"} 2"));
    EXPECT_THAT(text, HasSubstr("sluice_plugin_dropped_total{plugin=\"observed\"} 0"));
}

TEST_F(ObservePrometheus, CountsFailedCallsAndFillsBuckets) {
    observe::PrometheusAdapter adapter(registry, {.prefix = "x_", .buckets = {0.01, 0.1}});
    Trace failed = trace("run");
    failed.error = "it trapped";
    adapter.handle(failed);
    adapter.handle(trace("run"));

    const std::string text = series();
    EXPECT_THAT(text, HasSubstr("x_call_errors_total{function=\"run\",plugin=\"p\"} 1"));
    EXPECT_THAT(text, HasSubstr("x_call_duration_seconds_bucket"
                                "{function=\"run\",plugin=\"p\",le=\"0.01\"} 0"));
    EXPECT_THAT(text, HasSubstr("x_call_duration_seconds_bucket"
                                "{function=\"run\",plugin=\"p\",le=\"0.1\"} 2"));
}

TEST_F(ObservePrometheus, ReadsStatsdsCountersAndGauges) {
    observe::PrometheusAdapter adapter(registry);
    adapter.handle(trace("run", {"hits:2|c", "hits:0.5|c|@0.1", "depth:7|g", "depth:-3|g",
                                 "depth:+1|g|#zone:eu", "a:b:1|c"}));

    const std::string text = series();
    EXPECT_THAT(text, HasSubstr("counter_total{name=\"hits\",plugin=\"p\"} 2.5"));
    EXPECT_THAT(text, HasSubstr("gauge{name=\"depth\",plugin=\"p\"} 5"));
    EXPECT_THAT(text, HasSubstr("dropped_total{plugin=\"p\"} 1")) << "a:b:1 is no number";
}

TEST_F(ObservePrometheus, CountsWhatItCannotRead) {
    observe::PrometheusAdapter adapter(registry);
    const std::vector<std::string> bad{"",        "hits",   ":1|c",      "hits:|c",  "hits:1",
                                       "hits:1|", "t:4|ms", "hits:-1|c", "hits:x|c", "hits:nan|c"};
    Trace told = trace("run", bad);
    told.dropped = 3;
    adapter.handle(told);

    EXPECT_THAT(series(), HasSubstr("dropped_total{plugin=\"p\"} 13"));
    EXPECT_THAT(series(), Not(HasSubstr("name=")));
}

TEST_F(ObservePrometheus, BoundsWhatGuestsCanMakeItKeep) {
    observe::PrometheusAdapter adapter(registry, {.max_series = 3});
    for (int i = 0; i < 10; ++i) adapter.handle(trace("run", {"m" + std::to_string(i) + ":1|c"}));

    const std::string text = series();
    EXPECT_THAT(text, HasSubstr("name=\"m1\""));
    EXPECT_THAT(text, Not(HasSubstr("name=\"m2\"")));
    EXPECT_THAT(text, HasSubstr("dropped_total{plugin=\"p\"} 8"));
    EXPECT_THAT(text, HasSubstr("call_duration_seconds_count{function=\"run\",plugin=\"p\"} 10"));
}

}  // namespace
}  // namespace sluice
