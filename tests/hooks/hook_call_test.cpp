#include "hooks/hook_call.hpp"

#include "expect_error.hpp"
#include "hook_guests.hpp"
#include "hooks/hook_instance.hpp"

#include <chrono>

namespace sluice::hooks {
namespace {

using tests::call_hook;

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StrEq;
using Progress = wasm::FiberCall::Progress;

class HookCallTest : public testing::Test {
  protected:
    InstancePool pool(std::string_view guest, HookPluginOptions options = {}) {
        return InstancePool(host_.load_guest(guest, std::move(options)));
    }
    tests::HookHost host_;
};

TEST_F(HookCallTest, WritesTheInputPieceByPieceAndCopiesTheAnswer) {
    InstancePool echo = pool("hook_echo");
    const auto lease = echo.take();
    HookCall call(*lease, Phase::pre, {"{\"context\":", "{}", ",\"request\":", "", "null}"});
    EXPECT_EQ(call.resume(), Progress::done);
    EXPECT_EQ(call.answer(), "{\"context\":{},\"request\":null}");
}

TEST_F(HookCallTest, FreesBothBlocksWithTheirSizes) {
    InstancePool echo = pool("hook_echo");
    for (std::size_t size = 1; size <= 100; ++size)
        EXPECT_EQ(call_hook(echo, Phase::post, std::string(size, 'x')).size(), size);
    EXPECT_EQ(echo.made(), 1U) << "free traps when it is told a wrong size";
}

TEST_F(HookCallTest, CarriesMegabytes) {
    InstancePool echo = pool("hook_echo");
    for (const std::size_t size : {65'535UL, 65'536UL, 3'000'000UL}) {
        const std::string input(size, 'x');
        EXPECT_TRUE(call_hook(echo, Phase::http_pre, input) == input) << size;
    }
    EXPECT_EQ(echo.made(), 1U);
}

TEST_F(HookCallTest, TakesZeroForNoOpinion) {
    InstancePool answers = pool("hook_answers");
    EXPECT_EQ(call_hook(answers, Phase::http_pre), "");
    EXPECT_EQ(call_hook(answers, Phase::http_post), "");
    EXPECT_EQ(answers.made(), 1U);
}

TEST_F(HookCallTest, TakesTheInputItselfForAnAnswer) {
    InstancePool answers = pool("hook_answers");
    EXPECT_EQ(call_hook(answers, Phase::stream_chunk, "{\"a\":1}"), "{\"a\":1}");
}

TEST_F(HookCallTest, RefusesAnAnswerOutsideMemory) {
    InstancePool answers = pool("hook_answers", {.name = "liar"});
    EXPECT_ERROR_SAYING(call_hook(answers, Phase::pre), ErrorCode::guest_error,
                        StrEq("plug-in liar: pre_hook: answered 2 bytes at 65535, which is outside "
                              "its memory of 65536 bytes"));
    EXPECT_ERROR_SAYING(call_hook(answers, Phase::post), ErrorCode::guest_error,
                        HasSubstr("answered 4294967295 bytes at 4096"));
    EXPECT_EQ(answers.made(), 2U) << "an instance that lies is not used again";
}

TEST_F(HookCallTest, RefusesABlockOutsideMemory) {
    InstancePool bad = pool("hook_bad_allocator");
    EXPECT_ERROR_SAYING(call_hook(bad, Phase::pre, std::string(1000, ' ')), ErrorCode::guest_error,
                        HasSubstr("malloc(1000) answered 2147483647, which is outside its memory"));
}

TEST_F(HookCallTest, TakesZeroFromASoundAllocatorForOutOfMemory) {
    InstancePool leaky = pool("hook_leaky");
    const std::string input(3000, ' ');
    EXPECT_EQ(call_hook(leaky, Phase::pre, input), input);
    EXPECT_EQ(call_hook(leaky, Phase::pre, input), input);
    const auto lease = leaky.take();
    HookCall call(*lease, Phase::pre, {input});
    EXPECT_ERROR_SAYING(call.resume(), ErrorCode::memory_limit,
                        HasSubstr("malloc(3000) found no memory"));
    EXPECT_TRUE(call.may_retry());
}

TEST_F(HookCallTest, DoesNotRetryWhatAFreshInstanceCannotDo) {
    InstancePool leaky = pool("hook_leaky");
    const auto lease = leaky.take();
    HookCall call(*lease, Phase::pre, {std::string_view(std::string(9000, ' '))});
    EXPECT_FALSE(call.may_retry());
}

TEST_F(HookCallTest, StopsAMallocThatNeverReturnsAndUsesAFiberFromThenOn) {
    InstancePool bad = pool("hook_bad_allocator", {.call_timeout = 300ms});
    const std::string input(5000, ' ');
    {
        const auto lease = bad.take();
        HookCall call(*lease, Phase::pre, {input});
        EXPECT_ERROR(call.resume(), ErrorCode::timeout);
        EXPECT_TRUE(call.may_retry());
    }
    const auto lease = bad.take();
    HookCall call(*lease, Phase::pre, {input});
    EXPECT_EQ(call.resume(), Progress::yielded) << "the thread is not blocked a second time";
}

TEST_F(HookCallTest, EmptiesAnArenaByPluginReset) {
    InstancePool arena = pool("hook_arena");
    const std::string input(3000, ' ');
    for (int i = 0; i < 100; ++i) EXPECT_EQ(call_hook(arena, Phase::pre, input), input);
    EXPECT_EQ(arena.made(), 1U);
}

TEST_F(HookCallTest, KeepsTheAnswerWhenFreeTrapsAndDropsTheInstance) {
    InstancePool guest = pool("hook_trapping_free");
    EXPECT_EQ(call_hook(guest, Phase::pre), "{\"error\":\"\"}");
    EXPECT_EQ(call_hook(guest, Phase::pre), "{\"error\":\"\"}");
    EXPECT_EQ(guest.made(), 2U);
}

TEST_F(HookCallTest, StopsAnEndlessLoopAtItsDeadlineWhileOthersGoOn) {
    InstancePool faults = pool("hook_faults", {.call_timeout = 200ms});
    InstancePool echo = pool("hook_echo");
    const auto lease = faults.take();
    HookCall endless(*lease, Phase::pre, {"{}"});
    int served = 0;
    const auto run = [&] {
        while (endless.resume() == Progress::yielded)
            served += call_hook(echo, Phase::post, "{\"n\":1}") == "{\"n\":1}" ? 1 : 0;
    };
    EXPECT_ERROR_SAYING(run(), ErrorCode::timeout,
                        AllOf(HasSubstr("guest"), HasSubstr("pre_hook")));
    EXPECT_GE(served, 1);
}

TEST_F(HookCallTest, BoundsMemory) {
    InstancePool faults = pool("hook_faults", {.call_timeout = 10s, .memory_bytes = 16 << 20});
    EXPECT_ERROR(call_hook(faults, Phase::post), ErrorCode::memory_limit);
}

TEST_F(HookCallTest, BoundsTheStack) {
    InstancePool faults = pool("hook_faults");
    EXPECT_ERROR_SAYING(call_hook(faults, Phase::stream_chunk), ErrorCode::trap,
                        HasSubstr("stack"));
}

TEST_F(HookCallTest, TellsWhatAnAssemblyScriptGuestAbortsWith) {
    InstancePool faults = pool("hook_faults");
    EXPECT_ERROR_SAYING(call_hook(faults, Phase::http_pre), ErrorCode::trap,
                        HasSubstr("abort: bad \xF0\x9F\x98\x80 (a.ts:3:7)"));
}

TEST_F(HookCallTest, NamesTheUnknownImportThatAGuestCalls) {
    InstancePool faults = pool("hook_faults");
    EXPECT_ERROR_SAYING(call_hook(faults, Phase::http_post), ErrorCode::trap,
                        AllOf(HasSubstr("env"), HasSubstr("nobody_has_this")));
}

TEST_F(HookCallTest, StopsTheGuestWhenItIsDestroyed) {
    InstancePool faults = pool("hook_faults");
    {
        const auto lease = faults.take();
        HookCall endless(*lease, Phase::pre, {"{}"});
        EXPECT_EQ(endless.resume(), Progress::yielded);
    }
    EXPECT_EQ(faults.in_use(), 0U);
    EXPECT_ERROR(call_hook(faults, Phase::http_post), ErrorCode::trap);
    EXPECT_EQ(faults.made(), 2U);
}

}  // namespace
}  // namespace sluice::hooks
