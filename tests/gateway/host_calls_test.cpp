#include "gateway/plugin_host.hpp"

#include "expect_error.hpp"
#include "hook_guests.hpp"
#include "host_guest.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace sluice::gateway {
namespace {

using hooks::HookPlugin;
using hooks::HookPluginOptions;
using hooks::HostServices;
using hooks::InstancePool;
using hooks::Limit;
using hooks::Phase;
using testing::AllOf;
using testing::HasSubstr;
using tests::call_hook;
using tests::host_guest;
using tests::HostAnswer;

constexpr std::string_view texts = R"(
  (data (i32.const 1024) "key")
  (data (i32.const 1040) "value")
  (data (i32.const 1056) "other")
  (data (i32.const 1072) "12")
  (data (i32.const 1088) "{\"where\":\"here\"}"))";
constexpr std::string_view get = "(call $var_get (i32.const 1024) (i32.const 3))";
constexpr std::string_view set =
    "(call $var_set (i32.const 1024) (i32.const 3) (i32.const 1040) (i32.const 5) (i64.const 0))";

class HostCalls : public testing::Test {
  protected:
    std::shared_ptr<const HookPlugin> load(std::string_view body, HookPluginOptions options = {},
                                           std::string_view more = "") {
        options.services = services_;
        return host_.load(host_guest(body, std::string(texts) + std::string(more)),
                          std::move(options));
    }
    HostAnswer answer(std::string_view body, HookPluginOptions options = {},
                      std::string_view more = "") {
        InstancePool pool(load(body, std::move(options), more));
        return HostAnswer::of(call_hook(pool, Phase::pre));
    }

    std::shared_ptr<PluginHost> shared_ = make_plugin_host();
    std::shared_ptr<const HostServices> services_ = PluginHost::services(shared_);
    tests::HookHost host_;
};

TEST_F(HostCalls, LeaveTheirResultWithTheHostUntilTheNextOne) {
    const std::string both_lengths = std::string("(drop ") + std::string(set) + ")(drop " +
                                     std::string(get) +
                                     ") (i64.extend_i32_s (i32.add (call $result_length) "
                                     "(i32.mul (i32.const 100) (call $result_read (i32.const 2048) "
                                     "(i32.const 2)))))";
    EXPECT_EQ(answer(both_lengths), (HostAnswer{205, "value"})) << "reading takes nothing away";
}

TEST_F(HostCalls, GiveMembersOfTheConfiguration) {
    const auto member = [&](std::string_view config) {
        return answer("(call $config_get (i32.const 1024) (i32.const 3))",
                      {.config_json = std::string(config)});
    };
    EXPECT_EQ(member(R"({"key": "line\none"})"), (HostAnswer{8, "line\none"}));
    EXPECT_EQ(member(R"({"key": [1, "a"]})"), (HostAnswer{8, R"([1, "a"])"}));
    EXPECT_EQ(member(R"({"other": 1})"), (HostAnswer{-1, ""}));
    EXPECT_EQ(member("[]"), (HostAnswer{-1, ""}));
}

TEST_F(HostCalls, LogAtTheirLevelAndWithinTheBudget) {
    std::ostringstream lines;
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines));
    logger->set_pattern("%l %v");
    const auto before = spdlog::default_logger();
    spdlog::set_default_logger(logger);
    answer(
        "(call $log (i32.const 1) (i32.const 1024) (i32.const 3))"
        "(call $log (i32.const 4) (i32.const 1040) (i32.const 5)) (i64.const 0)",
        {.name = "talker"});
    spdlog::set_default_logger(before);
    EXPECT_EQ(lines.str(), "error plug-in talker: value\n") << "debug is below the log's level";

    InstancePool flood(
        load("(loop $again (call $log (i32.const 2) (i32.const 1024) (i32.const 3)) (br $again))"
             "(i64.const 0)",
             {.name = "talker", .log_lines_per_second = 3}));
    EXPECT_ERROR_SAYING(call_hook(flood, Phase::pre), ErrorCode::trap,
                        HasSubstr("logged more than 3 lines in one call"));
}

TEST_F(HostCalls, KeepVariablesForAllInstancesOfAPlugIn) {
    EXPECT_EQ(answer(get), (HostAnswer{-1, ""}));
    EXPECT_EQ(answer(set), (HostAnswer{0, ""}));
    EXPECT_EQ(answer(get), (HostAnswer{5, "value"})) << "in another instance";
    EXPECT_EQ(answer(get, {.name = "stranger"}), (HostAnswer{-1, ""}));
    EXPECT_EQ(answer("(call $var_delete (i32.const 1024) (i32.const 3))"), (HostAnswer{1, ""}));
    EXPECT_EQ(answer("(call $var_delete (i32.const 1024) (i32.const 3))"), (HostAnswer{0, ""}));
}

TEST_F(HostCalls, SwapAVariableOnlyFromWhatIsExpected) {
    const auto swap = [&](std::string_view expected) {
        return answer("(call $var_compare_and_swap (i32.const 1024) (i32.const 3) " +
                      std::string(expected) + " (i32.const 1056) (i32.const 5) (i64.const 0))");
    };
    constexpr std::string_view none = "(i32.const 0) (i32.const -1)";
    constexpr std::string_view value = "(i32.const 1040) (i32.const 5)";
    EXPECT_EQ(swap(value), (HostAnswer{0, ""})) << "there is none";
    answer(set);
    EXPECT_EQ(swap(none), (HostAnswer{0, "value"})) << "there is one";
    EXPECT_EQ(swap(value), (HostAnswer{1, ""}));
    EXPECT_EQ(answer(get), (HostAnswer{5, "other"}));
}

TEST_F(HostCalls, AddToAVariable) {
    const auto add = [&](std::string_view delta) {
        return answer("(call $var_add (i32.const 1056) (i32.const 5) (i64.const " +
                      std::string(delta) + ") (i64.const 0))");
    };
    EXPECT_EQ(add("40"), (HostAnswer{2, "40"}));
    EXPECT_EQ(add("-42"), (HostAnswer{2, "-2"}));
    answer(set);
    EXPECT_EQ(answer("(call $var_add (i32.const 1024) (i32.const 3) (i64.const 1) (i64.const 0))"),
              (HostAnswer{-2, "the variable `key` holds no whole number that 1 can be added to"}));
}

TEST_F(HostCalls, RefuseVariablesBeyondTheLimitByItsName) {
    const auto plugin = load(set, {.access = {.variable_bytes = 7}});
    InstancePool pool(plugin);
    EXPECT_EQ(HostAnswer::of(call_hook(pool, Phase::pre)),
              (HostAnswer{-2,
                          "the variable `key` does not fit in beside the others "
                          "(limits.variable_bytes is 7)"}));
    EXPECT_EQ(plugin->usage().broken[static_cast<std::size_t>(Limit::variables)], 1U);
    EXPECT_EQ(pool.made(), 1U) << "the hook call itself went on";
}

TEST_F(HostCalls, RefuseKeysAndTimesThatCannotBe) {
    EXPECT_EQ(answer("(call $var_get (i32.const 1024) (i32.const 0))"),
              (HostAnswer{-2, "a variable's key has 1 to 1024 bytes"}));
    EXPECT_EQ(answer("(call $var_set (i32.const 1024) (i32.const 3) (i32.const 1040) "
                     "(i32.const 5) (i64.const -1))")
                  .code,
              -2);
}

TEST_F(HostCalls, GiveClockAndRandomBytesByPermission) {
    EXPECT_GT(answer("(call $clock_ms)").code, 1'700'000'000'000);
    EXPECT_EQ(answer("(call $clock_ms)", {.access = {.clock = false}}),
              (HostAnswer{-2, "permissions.clock is off for this plug-in"}));
    constexpr std::string_view eight =
        "(if (result i64) (i64.eqz (call $random (i32.const 2048) (i32.const 1000)))"
        " (then (i64.load (i32.const 3040))) (else (i64.const -2)))";
    const auto first = answer(eight).code;
    EXPECT_NE(first, 0);
    EXPECT_NE(answer(eight).code, first);
    EXPECT_EQ(answer(eight, {.access = {.random = false}}),
              (HostAnswer{-2, "permissions.random is off for this plug-in"}));
}

TEST_F(HostCalls, KeepSeriesOfTheGuestsOwn) {
    constexpr std::string_view add =
        "(call $metric_add (i32.const 1024) (i32.const 3) (i32.const 1088) (i32.const 16) "
        "(f64.const 1.5))";
    EXPECT_EQ(answer(add), (HostAnswer{0, ""}));
    EXPECT_EQ(answer("(call $metric_set (i32.const 1024) (i32.const 3) (i32.const 0) (i32.const 0) "
                     "(f64.const 1))"),
              (HostAnswer{-2, "`key` is a counter already"}));
    EXPECT_EQ(answer("(call $metric_add (i32.const 1024) (i32.const 3) (i32.const 1040) "
                     "(i32.const 5) (f64.const 1))")
                  .code,
              -2)
        << "labels that are no JSON";
}

TEST_F(HostCalls, AreMadeWhileAHookOrInitRunsOnly) {
    constexpr std::string_view early = R"(
  (global $code (mut i64) (i64.const 0))
  (func (export "_initialize") (global.set $code (call $clock_ms))))";
    EXPECT_EQ(answer("(global.get $code)", {}, early).code, -2);
    const std::string init = "(func (export \"init\") (param i32 i32) (result i32) (drop " +
                             std::string(set) + ") (i32.const 0))";
    EXPECT_EQ(answer(get, {}, init), (HostAnswer{5, "value"}));
}

TEST_F(HostCalls, EndTheGuestForPointersOutsideItsMemory) {
    InstancePool pool(load("(call $var_get (i32.const -2) (i32.const 3))"));
    EXPECT_ERROR_SAYING(call_hook(pool, Phase::pre), ErrorCode::trap,
                        AllOf(HasSubstr("sluice.var_get"),
                              HasSubstr("3 bytes at 4294967294 are not all inside the guest's "
                                        "memory of 524288")));
}

TEST_F(HostCalls, AreRefusedAtLoadWhenThereIsNoneOfThatNameOrType) {
    const auto importing = [](std::string_view import) {
        return "(module " + std::string(import) +
               R"((memory (export "memory") 1)
                  (func (export "malloc") (param i32) (result i32) (i32.const 0))
                  (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0))))";
    };
    EXPECT_ERROR_SAYING(
        host_.load(importing(R"((import "sluice" "sing" (func)))")), ErrorCode::invalid_input,
        AllOf(HasSubstr("\"sing\" from \"sluice\", which is no host call"), HasSubstr("var_get")));
    EXPECT_ERROR_SAYING(host_.load(importing(R"((import "sluice" "var_get" (func (param i32))))")),
                        ErrorCode::invalid_input,
                        HasSubstr("which is a function (i32, i32) -> i64"));
    EXPECT_NO_THROW(host_.load(importing(R"((import "sluice" "clock_ms" (func (result i64)))
                                            (import "sluice" "clock_ms" (func (result i64))))")));
}

TEST_F(HostCalls, FailWhereTheHostOffersNothing) {
    services_ = nullptr;
    EXPECT_EQ(answer(get), (HostAnswer{-2, "this host keeps no variables"}));
}

}  // namespace
}  // namespace sluice::gateway
