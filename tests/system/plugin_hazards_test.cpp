#include "gateway.hpp"
#include "wat_guest.hpp"

#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class PluginHazards : public testing::Test {
  protected:
    Gateway with(store::PluginConfig plugin) {
        store::Config config = config_before(upstream);
        config.plugins.push_back(std::move(plugin));
        return Gateway(std::move(config));
    }
    Gateway trapping_in(std::string_view hook) {
        return with(WatGuest("trap").runs(hook, "(unreachable)").in(folder));
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(PluginHazards, ATrapInTheHttpPrePhaseIs500) {
    const Gateway gateway = trapping_in("http_pre_hook");
    const Answer answer = gateway.chat(hello);
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.body, HasSubstr("trap"));
    EXPECT_EQ(gateway.get("/health").status, 200);
}

TEST_F(PluginHazards, ATrapInAnyOtherPhaseLeavesTheAnswerAlone) {
    for (const char* hook : {"pre_hook", "post_hook", "http_post_hook"}) {
        const Gateway gateway = trapping_in(hook);
        for (int again = 0; again < 3; ++again) {
            const Answer answer = gateway.chat(hello);
            EXPECT_EQ(answer.status, 200) << hook;
            EXPECT_THAT(answer.body, HasSubstr("Hello from the mock upstream.")) << hook;
        }
    }
}

TEST_F(PluginHazards, ATrapInTheChunkPhaseEndsTheStreamWithAnErrorEvent) {
    const Gateway gateway = trapping_in("http_stream_chunk_hook");
    Wire client = gateway.connect();
    client.chat(hello_stream);
    const std::string all = client.receive_all();
    EXPECT_THAT(all, HasSubstr("event: error\n"));
    EXPECT_THAT(all, Not(HasSubstr("[DONE]")));
    EXPECT_EQ(gateway.get("/health").status, 200);
}

TEST_F(PluginHazards, AnEndlessLoopIsStoppedAtItsDeadlineWhileOthersAreServed) {
    store::PluginConfig looping = hazard("hook_endless_loop");
    looping.limits.timeout = 1s;
    looping.limits.cpu = 60s;
    const Gateway gateway = with(std::move(looping));
    // This guest spins on inputs beyond 4,000 bytes.
    Wire spinning = gateway.connect();
    spinning.chat(R"({"model":"openai/gpt-test","messages":[{"role":"user","content":")" +
                  std::string(5'000, 'x') + R"("}]})");

    for (int other = 0; other < 5; ++other) EXPECT_EQ(gateway.chat(hello).status, 200);
    EXPECT_FALSE(spinning.has_bytes()) << "its deadline was to be far away still";

    const Answer answer = spinning.receive();
    EXPECT_EQ(answer.status, 200) << "an error of a pre hook lets the request go on";
    EXPECT_THAT(gateway.get("/metrics").body, HasSubstr("hook_endless_loop"));
}

TEST_F(PluginHazards, AClientThatLeavesStopsTheGuestLongBeforeItsDeadline) {
    store::PluginConfig looping = hazard("hook_endless_loop");
    looping.limits.timeout = 60s;
    looping.limits.cpu = 60s;
    looping.limits.instances_per_thread = 1;
    const Gateway gateway = with(std::move(looping));
    Wire spinning = gateway.connect();
    spinning.chat(R"({"model":"openai/gpt-test","messages":[{"role":"user","content":")" +
                  std::string(5'000, 'x') + R"("}]})");
    // Alone it holds the only instance, so this one waits for it.
    Wire waiting = gateway.connect();
    waiting.chat(hello);

    spinning.close();

    EXPECT_EQ(waiting.receive().status, 200);
}

TEST_F(PluginHazards, AMemoryHogGetsNoMoreThanItsLimitAndNeverTakesTheServerDown) {
    store::PluginConfig hog = hazard("hook_memory_hog");
    hog.limits.memory_bytes = 16U << 20U;
    const Gateway gateway = with(std::move(hog));

    for (int again = 0; again < 3; ++again) EXPECT_EQ(gateway.chat(hello).status, 200);
}

TEST_F(PluginHazards, WrongJsonCountsAsAnErrorOfTheHook) {
    for (const char* json :
         {"{\"context\":", "[]", "42", "\"text\"", "{\"context\":{}} trailing", "\xff\xfe"}) {
        const Gateway gateway = with(
            WatGuest("garbage").answers("pre_hook", json).answers("post_hook", json).in(folder));
        EXPECT_EQ(gateway.chat(hello).status, 200) << json;
    }
    const Gateway gateway =
        with(WatGuest("garbage").answers("http_pre_hook", "{\"context\":").in(folder));
    EXPECT_EQ(gateway.chat(hello).status, 500);
}

TEST_F(PluginHazards, PointersOutsideTheMemoryAreNeverFollowed) {
    // High half pointer, low half length.
    for (const char* packed :
         {"0xffffffff00000010", "0x0000000000ffffff", "0x001fffff00000002", "0xffffffffffffffff"}) {
        const Gateway gateway =
            with(WatGuest("pointer")
                     .runs("pre_hook", std::string("(i64.const ") + packed + ")")
                     .runs("post_hook", std::string("(i64.const ") + packed + ")")
                     .in(folder));
        EXPECT_EQ(gateway.chat(hello).status, 200) << packed;
    }
}

TEST_F(PluginHazards, AnAllocatorThatPointsOutsideIsNeverWrittenThrough) {
    const Gateway gateway = with(hazard("hook_wild_allocator"));
    const Answer answer = gateway.chat(hello);
    EXPECT_THAT(answer.status, testing::AnyOf(200, 500));
    EXPECT_EQ(gateway.get("/health").status, 200);
}

TEST_F(PluginHazards, AModuleWithoutItsExportsIsReportedByNameAndTheGatewayRuns) {
    const Gateway no_memory = with(hazard("hook_without_memory"));
    EXPECT_THAT(
        no_memory.plugin_report("hook_without_memory"),
        testing::AllOf(HasSubstr(R"("status":"error")"),
                       HasSubstr("failed to instantiate WASM module"), HasSubstr("memory")));
    EXPECT_EQ(no_memory.chat(hello).status, 200);

    const Gateway no_allocator = with(hazard("hook_without_malloc"));
    EXPECT_THAT(
        no_allocator.plugin_report("hook_without_malloc"),
        testing::AllOf(HasSubstr(R"("status":"error")"),
                       HasSubstr("failed to instantiate WASM module"), HasSubstr("malloc")));
}

TEST_F(PluginHazards, AFileThatIsNoModuleIsReportedAndTheGatewayRuns) {
    std::ofstream(folder.path() / "broken.wasm") << "not wasm at all";
    const Gateway broken = with(plugin("broken", folder.path() / "broken.wasm"));
    EXPECT_THAT(broken.plugin_report("broken"), HasSubstr(R"("status":"error")"));
    EXPECT_EQ(broken.chat(hello).status, 200);

    const Gateway absent = with(plugin("absent", folder.path() / "absent.wasm"));
    EXPECT_THAT(absent.plugin_report("absent"), HasSubstr("absent.wasm"));
    EXPECT_EQ(absent.chat(hello).status, 200);
}

}  // namespace
}  // namespace sluice::tests
