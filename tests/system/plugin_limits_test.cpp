#include "gateway.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view loop = "(loop $again (br $again))";
constexpr std::string_view log_import =
    R"((import "env" "console.log" (func $log (param i32)))
       (data (i32.const 32768) "\04\00\00\00h\00i\00"))";

/// A way to break a limit, once in each hook. Hostile are the guests to long inputs only.
struct Hostility {
    const char* limit;
    std::string deed;
    void (*set)(store::PluginLimits&) = [](store::PluginLimits&) {};
};

const Hostility hostilities[] = {
    {"timeout_ms", std::string(loop), [](store::PluginLimits& limits) { limits.timeout = 1s; }},
    {"cpu_ms", std::string(loop), [](store::PluginLimits& limits) { limits.cpu = 20ms; }},
    {"memory_mb",
     "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) "
     "(unreachable)",
     [](store::PluginLimits& limits) { limits.memory_bytes = 8 << 20; }},
    {"output_mb", "(return (i64.const 0x180000))",  // 1.5 MiB from address 0
     [](store::PluginLimits& limits) { limits.output_bytes = 1 << 20; }},
    {"log_lines_per_second", "(loop $again (call $log (i32.const 32772)) (br $again))",
     [](store::PluginLimits& limits) { limits.log_lines_per_second = 5; }},
    {"stack", "(return (i64.add (i64.const 1) (call $HOOK (local.get $input) (local.get $size))))"},
};

class PluginLimit : public testing::TestWithParam<Hostility> {
  protected:
    Gateway hostile_in(const std::string& hook) {
        std::string deed = GetParam().deed;
        if (const auto at = deed.find("HOOK"); at != std::string::npos) deed.replace(at, 4, hook);
        store::PluginConfig plugin =
            WatGuest("hostile")
                .with(log_import)
                .runs(hook,
                      fmt::format("(if (i32.gt_u (local.get $size) (i32.const 4000)) (then {}))"
                                  " (i64.const 0)",
                                  deed))
                .in(folder);
        // All bounds but the one under test are far away, however slow the machine is.
        plugin.limits.timeout = plugin.limits.cpu = plugin.limits.init_timeout = 60s;
        GetParam().set(plugin.limits);
        store::Config config = config_before(upstream);
        config.plugins.push_back(std::move(plugin));
        return Gateway(std::move(config));
    }
    static std::string long_request(std::string_view more) {
        return fmt::format(
            R"({{"model":"openai/gpt-test?chunks=2"{},"messages":[{{"role":"user","content":"{}"}}]}})",
            more, std::string(5'000, 'x'));
    }
    /// The error names the limit, where the phase tells of it, and the limit counts it.
    void expect_broken_once(const Gateway& gateway) {
        const std::string report = gateway.plugin_report("hostile");
        const std::string key =
            GetParam().limit == std::string_view("stack") ? "stack_kb" : GetParam().limit;
        const auto at = report.find(fmt::format("\"{}\":{{", key));
        ASSERT_NE(at, std::string::npos) << report;
        EXPECT_THAT(report.substr(at, report.find('}', at) - at), HasSubstr("\"broken\":1"));
    }
    std::string name() const {
        const std::string limit = GetParam().limit;
        return limit == "stack" ? "the limit of its stack" : "limits." + limit + " is ";
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_P(PluginLimit, EndsOneCallOfTheHttpHookByItsName) {
    const Gateway gateway = hostile_in("http_pre_hook");
    const Answer answer = gateway.chat(long_request(""));
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.body, AllOf(HasSubstr("hostile"), HasSubstr(name())));
    expect_broken_once(gateway);
    EXPECT_EQ(gateway.chat(hello).status, 200) << "with a fresh instance";
}

TEST_P(PluginLimit, EndsOneCallOfTheChunkHookByItsName) {
    const Gateway gateway = hostile_in("http_stream_chunk_hook");
    const Answer answer = gateway.chat(long_request(R"(,"stream":true)"));
    EXPECT_THAT(answer.body,
                AllOf(HasSubstr("event: error"), HasSubstr(name()), Not(HasSubstr("[DONE]"))));
    expect_broken_once(gateway);
    EXPECT_EQ(events_of(gateway.chat(hello_stream).body).back(), "[DONE]");
}

TEST_P(PluginLimit, LeavesTheRequestAloneWhereThePhaseSaysSo) {
    const Gateway gateway = hostile_in("pre_hook");
    EXPECT_EQ(gateway.chat(long_request("")).status, 200);
    expect_broken_once(gateway);
}

INSTANTIATE_TEST_SUITE_P(Hostile, PluginLimit, testing::ValuesIn(hostilities),
                         [](const auto& one) { return std::string(one.param.limit); });

class PluginStart : public testing::Test {
  protected:
    /// What GET /api/plugins says of a guest whose `init` does this.
    std::string report(std::string_view init, store::PluginLimits limits) {
        store::PluginConfig plugin =
            WatGuest("starter")
                .with(log_import)
                .runs("pre_hook", "(i64.const 0)")
                .defines(
                    fmt::format("(func $init (export \"init\") (param i32 i32) (result i32) {} "
                                "(i32.const 0))",
                                init))
                .in(folder);
        plugin.limits = limits;
        store::Config config = config_before(upstream);
        config.plugins.push_back(std::move(plugin));
        const Gateway gateway(std::move(config));
        EXPECT_EQ(gateway.chat(hello).status, 200);
        return gateway.plugin_report("starter");
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(PluginStart, IsBoundedAsCallsAre) {
    EXPECT_THAT(report(loop, {.init_timeout = 50ms}),
                AllOf(HasSubstr(R"("status":"error")"), HasSubstr("limits.init_timeout_ms is 50")));
    EXPECT_THAT(
        report("(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) "
               "(unreachable)",
               {.init_timeout = 60s, .memory_bytes = 8 << 20}),
        HasSubstr("limits.memory_mb is 8"));
    EXPECT_THAT(report("(drop (call $init (i32.const 0) (i32.const 0)))", {.init_timeout = 60s}),
                HasSubstr("the limit of its stack"));
    EXPECT_THAT(report("(loop $again (call $log (i32.const 32772)) (br $again))",
                       {.init_timeout = 60s, .log_lines_per_second = 5}),
                HasSubstr("logged more than 5 lines"));
}

TEST(PluginLine, HoldsSoManyCallsAndRefusesFurtherOnesByTheLimitsName) {
    const TemporaryFolder folder;
    const Upstream upstream;
    store::PluginConfig plugin =
        WatGuest("busy")
            .runs("http_pre_hook",
                  fmt::format("(if (i32.gt_u (local.get $size) (i32.const 4000)) (then {})) "
                              "(i64.const 0)",
                              loop))
            .in(folder);
    plugin.limits.timeout = plugin.limits.cpu = 60s;
    plugin.limits.instances_per_thread = 1;
    plugin.limits.waiting_calls = 1;
    store::Config config = config_before(upstream);
    config.plugins.push_back(std::move(plugin));
    const Gateway gateway(std::move(config));
    const auto wait_for = [&](const char* state) {
        const auto give_up = std::chrono::steady_clock::now() + 30s;
        while (gateway.plugin_report("busy").find(state) == std::string::npos)
            ASSERT_LT(std::chrono::steady_clock::now(), give_up) << state;
    };
    Wire spinning = gateway.connect();
    spinning.chat(fmt::format(
        R"({{"model":"openai/gpt-test","messages":[{{"role":"user","content":"{}"}}]}})",
        std::string(5'000, 'x')));
    wait_for(R"("instances_per_thread":{"used":1)");
    Wire waiting = gateway.connect();
    waiting.chat(hello);
    wait_for(R"("waiting_calls":{"used":1)");

    const Answer refused = gateway.chat(hello);

    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(refused.body, HasSubstr("limits.waiting_calls is 1"));
    spinning.close();
    EXPECT_EQ(waiting.receive().status, 200) << "it had its turn";
}

TEST(PluginUsage, ShowsWhatWasUsedBesideWhatIsAllowed) {
    const Upstream upstream;
    store::Config config = config_before(upstream);
    config.plugins.push_back(hazard("hook_recorder"));
    const Gateway gateway(std::move(config));
    EXPECT_EQ(gateway.chat(hello).status, 200);

    const std::string report = gateway.plugin_report("hook_recorder");
    EXPECT_THAT(report, AllOf(HasSubstr(R"("allowed":500,"broken":0})"),
                              HasSubstr(R"("memory_mb":{"used":1,"allowed":256,"broken":0})"),
                              HasSubstr(R"("recycle_mb":{"allowed":64})"),
                              HasSubstr(R"("instances_per_thread":{"used":1,"allowed":64})"),
                              HasSubstr(R"("waiting_calls":{"used":0,"allowed":1024})"),
                              HasSubstr(R"("stack_kb":{"allowed":512,"broken":0})")));
}

}  // namespace
}  // namespace sluice::tests
