#include "gateway.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

/// A guest whose hook traps on long requests; two failures pause it.
class PluginBreaking : public testing::Test {
  protected:
    Gateway gateway(const std::string& hook, store::OnError on_error,
                    std::chrono::milliseconds pause) {
        store::PluginConfig plugin =
            WatGuest("shaky")
                .runs(hook,
                      "(if (i32.gt_u (local.get $size) (i32.const 4000)) (then unreachable)) "
                      "(i64.const 0)")
                .in(folder);
        plugin.on_error = on_error;
        plugin.breaker = store::BreakerLimits{.failures = 2, .pause = pause};
        store::Config config = config_before(upstream);
        config.plugins.push_back(std::move(plugin));
        return Gateway(std::move(config));
    }
    static Answer provoke(const Gateway& gateway) {
        return gateway.chat(fmt::format(
            R"({{"model":"openai/gpt-test","messages":[{{"role":"user","content":"{}"}}]}})",
            std::string(5'000, 'x')));
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(PluginBreaking, FailsAtOnceWhileItIsOpen) {
    const Gateway gateway = this->gateway("http_pre_hook", store::OnError::as_phase, 1h);
    EXPECT_EQ(gateway.chat(hello).status, 200);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(provoke(gateway).status, 500);

    const Answer answer = gateway.chat(hello);

    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("shaky: http_pre_hook: it failed 2 times in a row"));
    EXPECT_THAT(gateway.plugin_report("shaky"),
                AllOf(HasSubstr(R"("state":"open")"), HasSubstr(R"("trips":1)"),
                      HasSubstr(R"("refused_calls":1)")));
    EXPECT_THAT(
        gateway.get("/metrics").body,
        AllOf(HasSubstr("sluice_plugin_pauses_total{hook=\"http_pre_hook\",plugin=\"shaky\","
                        "version=\"stable\"} 1"),
              HasSubstr("sluice_plugin_paused_calls_total{hook=\"http_pre_hook\","
                        "plugin=\"shaky\",version=\"stable\"} 1")));
}

TEST_F(PluginBreaking, FollowsOnError) {
    const Gateway careless = gateway("http_pre_hook", store::OnError::carry_on, 1h);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(provoke(careless).status, 200);
    EXPECT_EQ(careless.chat(hello).status, 200);
    EXPECT_THAT(careless.plugin_report("shaky"), HasSubstr(R"("state":"open")"));

    const Gateway strict = gateway("pre_hook", store::OnError::fail, 1h);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(provoke(strict).status, 500);
    const Answer answer = strict.chat(hello);
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.body, HasSubstr("is paused"));
}

TEST_F(PluginBreaking, ServesAgainOnceACallHasTriedIt) {
    const Gateway gateway = this->gateway("http_pre_hook", store::OnError::as_phase, 1ms);
    for (int i = 0; i < 2; ++i) provoke(gateway);
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    while (gateway.chat(hello).status != 200) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
    EXPECT_THAT(gateway.plugin_report("shaky"), HasSubstr(R"("state":"closed")"));
}

TEST_F(PluginBreaking, StartsClosedWithANewVersion) {
    const Gateway gateway = this->gateway("http_pre_hook", store::OnError::as_phase, 1h);
    for (int i = 0; i < 2; ++i) provoke(gateway);
    EXPECT_EQ(gateway.chat(hello).status, 503);

    EXPECT_EQ(gateway.ask("PUT", "/api/plugins/shaky", R"({"breaker": {"failures": 9}})").status,
              200);

    EXPECT_EQ(gateway.chat(hello).status, 200);
    EXPECT_THAT(gateway.plugin_report("shaky"), HasSubstr(R"("failures":9)"));
}

}  // namespace
}  // namespace sluice::tests
