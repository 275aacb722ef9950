#include <sluice/observe.hpp>

#include "expect_error.hpp"
#include "plugins.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <limits>
#include <mutex>
#include <vector>

namespace sluice {
namespace {

using observe::Trace;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::call;

/// Keeps what it gets.
class Kept final : public observe::Adapter {
  public:
    void handle(Trace trace) noexcept override { traces.push_back(std::move(trace)); }
    std::vector<Trace> traces{};
};

class Observe : public testing::Test {
  protected:
    /// The guest of tests/guests/observed.wat with every span kept, however short.
    Plugin plugin(observe::Options options = {.min_duration = {}}) const {
        return Plugin(tests::manifest_of("observed"), {.observer = kept, .observe = options});
    }
    std::shared_ptr<Kept> kept = std::make_shared<Kept>();
};

std::vector<std::string> names(const Trace& trace) {
    std::vector<std::string> all;
    for (const observe::Span& span : trace.spans) all.push_back(span.name);
    return all;
}

TEST_F(Observe, GivesATraceOfEveryCall) {
    Plugin observed = plugin();
    call(observed, "run");
    call(observed, "run");

    ASSERT_EQ(kept->traces.size(), 2U);
    const Trace& trace = kept->traces[0];
    EXPECT_EQ(trace.plugin, "observed");
    EXPECT_EQ(trace.error, "");
    EXPECT_NE(trace.id, kept->traces[1].id);
    EXPECT_THAT(names(trace), ElementsAre("run", "run", "store::find(int)", "look up"));
    for (std::size_t at = 1; at < trace.spans.size(); ++at) {
        const observe::Span& span = trace.spans[at];
        const observe::Span& around = trace.spans[span.parent];
        EXPECT_EQ(span.parent, at - 1);
        EXPECT_GE(span.start, around.start);
        EXPECT_LE(span.start + span.duration, around.start + around.duration);
    }
    EXPECT_EQ(trace.spans[2].function, 8U);
    EXPECT_EQ(trace.spans[2].grown_pages, 3U);
    EXPECT_EQ(trace.spans[3].function, std::nullopt);
    EXPECT_THAT(trace.spans[3].tags, ElementsAre("user:7", "zone:eu"));
    ASSERT_EQ(trace.metrics.size(), 1U);
    EXPECT_EQ(trace.metrics[0].text, "hits:1|c");
    EXPECT_EQ(trace.metrics[0].span, 3U);
    ASSERT_EQ(trace.logs.size(), 1U);
    EXPECT_EQ(trace.logs[0].text, "not there");
    EXPECT_EQ(trace.logs[0].level, LogLevel::warn);
}

TEST_F(Observe, LeavesShortSpansOutAndCountsWhatHappenedInThemForTheirParent) {
    Plugin observed = plugin({.min_duration = std::chrono::hours(1)});
    call(observed, "run");

    const Trace& trace = kept->traces.at(0);
    EXPECT_THAT(names(trace), ElementsAre("run"));
    EXPECT_EQ(trace.spans[0].grown_pages, 3U);
    EXPECT_THAT(trace.spans[0].tags, ElementsAre("user:7", "zone:eu"));
    EXPECT_EQ(trace.metrics.at(0).span, 0U);
    EXPECT_EQ(trace.logs.at(0).span, 0U);
}

TEST_F(Observe, MakesACallAPartOfTheCallersTrace) {
    observe::TraceContext context;
    context.id.fill(0xab);
    context.parent.fill(0xcd);
    context.attributes = {{"tenant", "seven"}};
    Plugin observed = plugin();
    observed.call("run", {}, {.trace = &context});

    const Trace& trace = kept->traces.at(0);
    EXPECT_EQ(trace.id, context.id);
    EXPECT_EQ(trace.parent, context.parent);
    EXPECT_EQ(trace.attributes, context.attributes);
}

TEST_F(Observe, ClosesWhatATrapLeftOpenAndSaysWhy) {
    Plugin observed = plugin();
    EXPECT_THROW(call(observed, "trap"), Error);

    const Trace& trace = kept->traces.at(0);
    EXPECT_THAT(names(trace), ElementsAre("trap", "function 10", "look up"));
    EXPECT_THAT(trace.error, AllOf(HasSubstr("observed"), HasSubstr("unreachable")));
}

TEST_F(Observe, CountsEndsThatNeverBeganAndGoesOn) {
    Plugin observed = plugin();
    call(observed, "lie");

    const Trace& trace = kept->traces.at(0);
    EXPECT_THAT(names(trace), ElementsAre("lie", "run"));
    EXPECT_EQ(trace.dropped, 4U);
}

TEST_F(Observe, KeepsNoMoreThanItMay) {
    Plugin observed = plugin({.min_duration = {}, .max_events = 10});
    call(observed, "flood");
    call(observed, "nest");

    const Trace& flood = kept->traces.at(0);
    EXPECT_EQ(flood.spans.size() + flood.metrics.size() + flood.logs.size(), 10U);
    EXPECT_EQ(flood.dropped, 1U + 3 * 1000 - 10);
    const Trace& nest = kept->traces.at(1);
    EXPECT_EQ(nest.spans.size(), 10U);
    EXPECT_EQ(nest.dropped, 1001U - 10);
}

TEST_F(Observe, KeepsNoMoreTagsThanItMayWhereverTheyGo) {
    for (const auto min_duration : {std::chrono::hours(0), std::chrono::hours(1)}) {
        Plugin observed = plugin({.min_duration = min_duration, .max_events = 10});
        call(observed, "tag");

        const Trace& trace = kept->traces.back();
        std::size_t tags = 0;
        for (const observe::Span& span : trace.spans) tags += span.tags.size();
        EXPECT_LE(trace.spans.size() + tags, 10U);
        EXPECT_GE(trace.dropped, 1990U);
    }
}

TEST_F(Observe, RefusesTextsOutsideTheGuestsMemory) {
    for (const char* function : {"point_outside", "point_far_outside"}) {
        Plugin observed = plugin();
        EXPECT_ERROR_SAYING(call(observed, function), ErrorCode::trap,
                            HasSubstr("outside the plug-in's memory"));
    }
}

TEST_F(Observe, CostsAGuestNothingButTheCallsWhenNobodyListens) {
    Plugin plugin(tests::manifest_of("observed"));
    EXPECT_EQ(plugin.try_call("run").status, 0);
    EXPECT_EQ(plugin.try_call("lie").status, 0);
    EXPECT_FALSE(plugin.try_call("point_outside").fault);
}

TEST_F(Observe, KnowsTheOlderNames) {
    constexpr std::string_view older = R"((module
        (import "dylibso_observe" "instrument_enter" (func $enter (param i32)))
        (import "dylibso_observe" "instrument_exit" (func $exit (param i32)))
        (import "dylibso_observe" "instrument_memory_grow" (func $grown (param i32)))
        (import "dylibso_observe" "span_enter" (func $span_enter (param i64 i32)))
        (import "dylibso_observe" "span_exit" (func $span_exit))
        (import "dylibso_observe" "span_tags" (func $tags (param i64 i32)))
        (import "dylibso_observe" "metric" (func $metric (param i32 i64 i32)))
        (import "dylibso_observe" "log" (func $log (param i32 i64 i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "old")
        (func $work (export "work")
          (call $enter (i32.const 8))
          (call $span_enter (i64.const 0) (i32.const 3))
          (call $tags (i64.const 0) (i32.const 3))
          (call $metric (i32.const 1) (i64.const 0) (i32.const 3))
          (call $log (i32.const 1) (i64.const 0) (i32.const 3))
          (call $span_exit)
          (call $grown (i32.const 1))
          (call $exit (i32.const 8)))))";
    Plugin observed = tests::plugin_of(older, {.observer = kept, .observe = {.min_duration = {}}});
    call(observed, "work");
    const Trace& trace = kept->traces.at(0);
    EXPECT_THAT(names(trace), ElementsAre("work", "work", "old"));
    EXPECT_THAT(trace.spans[2].tags, ElementsAre("old"));
    EXPECT_EQ(trace.spans[1].grown_pages, 1U);
    EXPECT_EQ(trace.logs.at(0).level, LogLevel::error);
}

TEST_F(Observe, TracesGuestsThatKnowNothingOfIt) {
    Plugin plain(tests::manifest_of("extism_text"), {.observer = kept});
    EXPECT_EQ(call(plain, "count_vowels", "Hello, World!"), "03");
    EXPECT_THAT(names(kept->traces.at(0)), ElementsAre("count_vowels"));
}

TEST_F(Observe, PrintsATraceAsPeopleReadIt) {
    std::string text;
    const auto print = observe::print_adapter([&](std::string_view more) { text += more; });
    Plugin observed(tests::manifest_of("observed"),
                    {.observer = print, .observe = {.min_duration = {}}});
    call(observed, "run");
    EXPECT_THAT(
        text,
        AllOf(HasSubstr("[observed] Call of run took "), HasSubstr("\n    store::find(int) took "),
              HasSubstr("\n      - grew by 3 pages of memory\n"),
              HasSubstr("\n        - tag user:7\n"), HasSubstr("\n        - metric hits:1|c\n"),
              HasSubstr("\n        - warn: not there\n")));
}

}  // namespace
}  // namespace sluice
