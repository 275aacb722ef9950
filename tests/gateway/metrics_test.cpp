#include "gateway/metrics.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(Metrics, CountsRequestsByPathMethodAndStatus) {
    Metrics metrics;
    Metrics::observe(metrics.route("/v1/models", "GET", 200), 2ms);
    Metrics::observe(metrics.route("/v1/models", "GET", 200), 2ms);

    const std::string text = metrics.scrape();
    EXPECT_THAT(text,
                HasSubstr(R"(http_requests_total{method="GET",path="/v1/models",status="200"} 2)"));
    EXPECT_THAT(text, HasSubstr("http_request_duration_seconds_count"));
}

TEST(Metrics, TellsSuccessesFromErrorsAndCountsTokens) {
    Metrics metrics;
    auto& upstream = metrics.upstream("openai", "gpt-4o");
    Metrics::observe(upstream, 20ms, true);
    Metrics::observe(upstream, 20ms, false);
    Metrics::count_error(upstream, 429);
    Metrics::count_tokens(upstream, 5, 7);

    const std::string text = metrics.scrape();
    EXPECT_THAT(text, HasSubstr(R"(upstream_requests_total{model="gpt-4o",provider="openai"} 2)"));
    EXPECT_THAT(text, HasSubstr(R"(success_requests_total{model="gpt-4o",provider="openai"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(error_requests_total{error_type="rate_limit_error",)"
                                R"(model="gpt-4o",provider="openai",status_code="429"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(upstream_latency_seconds_count{is_success="false",)"
                                R"(model="gpt-4o",provider="openai"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(input_tokens_total{model="gpt-4o",provider="openai"} 5)"));
    EXPECT_THAT(text, HasSubstr(R"(output_tokens_total{model="gpt-4o",provider="openai"} 7)"));
}

TEST(Metrics, MeasuresEachHookOfEachPlugIn) {
    Metrics metrics;
    auto& hook = metrics.hook("guardrail", hooks::Phase::pre);
    Metrics::observe(hook, 3us);
    Metrics::count_error(hook);

    const std::string text = metrics.scrape();
    EXPECT_THAT(
        text,
        HasSubstr(R"(hook_errors_total{hook="pre_hook",plugin="guardrail",version="stable"} 1)"));
    EXPECT_THAT(text, HasSubstr("sluice_plugin_hook_duration_seconds_count{hook=\"pre_hook\""));
}

TEST(Metrics, GivesTheSameSeriesForTheSameNames) {
    Metrics metrics;
    EXPECT_EQ(&metrics.upstream("openai", "gpt-4o"), &metrics.upstream("openai", "gpt-4o"));
    EXPECT_NE(&metrics.upstream("openai", "gpt-4o"), &metrics.upstream("openai", "gpt-5"));
}

TEST(Metrics, BoundsTheSeriesThatModelNamesOfClientsCanMake) {
    Metrics metrics;
    for (int i = 0; i < 10'000; ++i) metrics.upstream("openai", fmt::format("made-up-{}", i));

    const std::string text = metrics.scrape();
    EXPECT_THAT(text, HasSubstr(R"(model="made-up-199")"));
    EXPECT_THAT(text, Not(HasSubstr(R"(model="made-up-200")")));
    EXPECT_THAT(text, HasSubstr(R"(model="other")"));
}

TEST(Metrics, KeepsLongModelNamesOutOfItsLabels) {
    Metrics metrics;
    metrics.upstream("openai", std::string(129, 'x'));
    EXPECT_EQ(&metrics.upstream("openai", std::string(500, 'y')),
              &metrics.upstream("openai", "other"));
    EXPECT_THAT(metrics.scrape(), Not(HasSubstr("xxx")));
}

TEST(Metrics, TellsCountersFromGaugesByTheirNames) {
    Metrics metrics;
    metrics.gauge("sluice_log_dropped_rows_total", "Rows that were lost", [] { return 3; });
    EXPECT_THAT(metrics.scrape(), HasSubstr("# TYPE sluice_log_dropped_rows_total counter\n"
                                            "sluice_log_dropped_rows_total 3"));
}

TEST(Metrics, DescribesItsProcess) {
    const std::string text = Metrics().scrape();
    for (const char* name : {"process_cpu_seconds_total ", "process_resident_memory_bytes ",
                             "process_open_fds ", "process_start_time_seconds "}) {
        ASSERT_THAT(text, HasSubstr(std::string("\n") + name));
        EXPECT_GT(std::stod(text.substr(text.find(std::string("\n") + name) + 1 +
                                        std::string_view(name).size())),
                  0)
            << name;
    }
}

TEST(Metrics, ReadsGaugesWhenScraped) {
    Metrics metrics;
    double depth = 1;
    metrics.gauge("sluice_log_queue_rows", "Rows that wait for the writer", [&] { return depth; });
    EXPECT_THAT(metrics.scrape(), HasSubstr("sluice_log_queue_rows 1"));
    depth = 4;
    EXPECT_THAT(metrics.scrape(), HasSubstr("sluice_log_queue_rows 4"));
}

}  // namespace
}  // namespace sluice::gateway
