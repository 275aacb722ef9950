#include "wasm/instance.hpp"

#include "guests.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>

namespace sluice::wasm {
namespace {

using testing::HasSubstr;
using Progress = FiberCall::Progress;

constexpr std::int32_t many_rounds = 60'000'000;  // many ticks long

TEST(FiberCall, GivesAllResultsOfAFunction) {
    Instance instance = started("odd_types");
    FiberCall call(instance, instance.function("pair"), std::array{i64(1), Value{.f32 = 1}},
                   soon());
    EXPECT_EQ(run_to_wait(call), Progress::done);
    ASSERT_EQ(call.results().size(), 2U);
    EXPECT_EQ(call.results()[0].f64, 2.5);
    EXPECT_EQ(call.results()[1].i32, 3);
    EXPECT_EQ(call.resume(), Progress::done);
}

TEST(FiberCall, CarriesVectorsBothWays) {
    Instance instance = started("odd_types");
    Value vector{};
    std::ranges::fill(vector.v128, std::byte{0x5a});
    FiberCall call(instance, instance.function("vector"), std::array{vector}, soon());
    run(call);
    EXPECT_TRUE(std::ranges::equal(call.results()[0].v128, vector.v128));
}

TEST(FiberCall, GivesItsThreadBackAtEachTick) {
    Instance instance = started("endless_loop");
    FiberCall call(instance, instance.function("count"), std::array{i32(many_rounds)}, soon());
    EXPECT_EQ(call.resume(), Progress::yielded);
    EXPECT_GT(run(call), 0);
    EXPECT_EQ(call.results()[0].i32, many_rounds);
}

TEST(FiberCall, LetsManyRunSideBySide) {
    const InstancePre pre(Linker(test_engine()), compiled("endless_loop"));
    struct Running {
        explicit Running(const InstancePre& from)
            : instance(from),
              call(instance, instance.function("count"), std::array{i32(many_rounds)}, soon(60s)) {}
        Instance instance;
        FiberCall call;
        int yields = 0;
    };
    std::vector<std::unique_ptr<Running>> all(20);
    for (auto& each : all) each = std::make_unique<Running>(pre);

    for (std::size_t done = 0; done < all.size();) {
        done = 0;
        for (auto& each : all) {
            if (each->call.resume() == Progress::done) {
                ++done;
            } else {
                ++each->yields;
            }
        }
    }
    for (auto& each : all) {
        EXPECT_GT(each->yields, 0);
        EXPECT_EQ(each->call.results()[0].i32, many_rounds);
    }
}

/// A guest that asks its host a question; the answer comes when the test says so.
class SuspendedCall : public testing::Test {
  protected:
    SuspendedCall() {
        linker_.define_suspending("host", "ask", {{ValueType::i64}, {ValueType::i64}},
                                  [this](Caller&, std::span<Value> values) { return ask(values); });
        pre_.emplace(linker_, Module::compile(test_engine(), "asker", as_bytes(R"((module
          (import "host" "ask" (func $ask (param i64) (result i64)))
          (func (export "ask") (param i64) (result i64)
            (i64.add (i64.const 1) (call $ask (local.get 0))))))")));
        instance_.emplace(*pre_);
    }

    Continuation ask(std::span<Value> values) {
        question_ = values[0].i64;
        if (question_ < 0) throw Error(ErrorCode::guest_error, "no such question");
        if (question_ == 0) return {};  // the answer is what stands in `values`
        return [this, alive = std::make_shared<AtEnd>(ended_)](std::span<Value> results) {
            if (answer_) results[0].i64 = *answer_;
            return answer_.has_value();
        };
    }

    struct AtEnd {
        explicit AtEnd(bool& flag) : ended(flag) {}
        ~AtEnd() { ended = true; }
        AtEnd(const AtEnd&) = delete;
        AtEnd& operator=(const AtEnd&) = delete;
        bool& ended;
    };

    bool ended_ = false;
    std::int64_t question_ = 0;
    std::optional<std::int64_t> answer_{};
    Linker linker_{test_engine()};
    std::optional<InstancePre> pre_{};
    std::optional<Instance> instance_{};
};

TEST_F(SuspendedCall, WaitsUntilItsHostHasTheAnswer) {
    FiberCall call(*instance_, instance_->function("ask"), std::array{i64(7)}, soon());
    EXPECT_EQ(run_to_wait(call), Progress::waiting);
    EXPECT_EQ(question_, 7);
    EXPECT_EQ(run_to_wait(call), Progress::waiting) << "nothing has changed";
    answer_ = 41;
    EXPECT_EQ(run_to_wait(call), Progress::done);
    EXPECT_EQ(call.results()[0].i64, 42);
    EXPECT_TRUE(ended_);
}

TEST_F(SuspendedCall, GoesOnWhereTheAnswerIsThereAtOnceOrNeverComes) {
    FiberCall at_once(*instance_, instance_->function("ask"), std::array{i64(0)}, soon());
    EXPECT_EQ(run_to_wait(at_once), Progress::done);
    EXPECT_EQ(at_once.results()[0].i64, 1);
    FiberCall failing(*instance_, instance_->function("ask"), std::array{i64(-1)}, soon());
    EXPECT_ERROR_SAYING(run_to_wait(failing), ErrorCode::trap, HasSubstr("no such question"));
}

TEST_F(SuspendedCall, IsGivenUpWhenItIsDestroyed) {
    {
        FiberCall call(*instance_, instance_->function("ask"), std::array{i64(7)}, soon());
        EXPECT_EQ(run_to_wait(call), Progress::waiting);
        EXPECT_FALSE(ended_);
    }
    EXPECT_TRUE(ended_) << "whoever works on the answer is told";
    EXPECT_ERROR(FiberCall(*instance_, instance_->function("ask"), std::array{i64(7)}, soon()),
                 ErrorCode::poisoned);
}

TEST_F(SuspendedCall, EndsAtItsDeadline) {
    FiberCall call(*instance_, instance_->function("ask"), std::array{i64(7)}, soon(0ms));
    EXPECT_EQ(run_to_wait(call), Progress::waiting);
    EXPECT_ERROR_SAYING(call.resume(), ErrorCode::timeout, HasSubstr("while it waited"));
    EXPECT_TRUE(ended_);
}

TEST(FiberCall, StopsAnEndlessLoopAtItsDeadlineAndNamesTheFunction) {
    Instance instance = started("endless_loop");
    FiberCall call(instance, instance.function("spin"), {}, soon(20ms));
    EXPECT_ERROR_SAYING(run(call), ErrorCode::timeout, HasSubstr("forever"));
    EXPECT_EQ(call.resume(), Progress::done);
    EXPECT_ERROR(FiberCall(instance, instance.function("quick"), {}, soon()), ErrorCode::poisoned);
}

TEST(FiberCall, EndsAGuestInMidLoopWhenItIsDestroyed) {
    Instance instance = started("endless_loop");
    {
        FiberCall call(instance, instance.function("spin"), {}, soon());
        EXPECT_EQ(call.resume(), Progress::yielded);
    }
    EXPECT_ERROR(FiberCall(instance, instance.function("quick"), {}, soon()), ErrorCode::poisoned);
}

TEST(FiberCall, HarmsNobodyWhenItIsDestroyedBeforeItBegan) {
    Instance instance = started("endless_loop");
    {
        const FiberCall unused(instance, instance.function("spin"), {}, soon());
    }
    EXPECT_EQ(call(instance, "quick").i32, 7);
}

TEST(FiberCall, TakesTurnsWithPlainCallsOnOneInstance) {
    Instance instance = started("endless_loop");
    for (int round = 0; round < 1000; ++round) {
        FiberCall fiber(instance, instance.function("count"), std::array{i32(round)}, soon());
        run(fiber);
        ASSERT_EQ(fiber.results()[0].i32, std::max(round, 1));
        ASSERT_EQ(call(instance, "quick").i32, 7);
    }
}

TEST(FiberCall, MayBeResumedOnAnotherThread) {
    Instance instance = started("endless_loop");
    FiberCall call(instance, instance.function("count"), std::array{i32(many_rounds)}, soon());
    EXPECT_EQ(call.resume(), Progress::yielded);
    std::jthread([&] { run(call); }).join();
    EXPECT_EQ(call.results()[0].i32, many_rounds);
}

TEST(FiberCall, RunsOnManyThreadsAtOnce) {
    const InstancePre pre(Linker(test_engine()), compiled("endless_loop"));
    std::vector<std::jthread> threads;
    std::atomic<int> right = 0;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 20; ++round) {
                Instance instance(pre);
                FiberCall call(instance, instance.function("count"), std::array{i32(500'000)},
                               soon(60s));
                run(call);
                if (call.results()[0].i32 == 500'000) ++right;
            }
        });
    threads.clear();
    EXPECT_EQ(right, 80);
}

TEST(FiberCall, TurnsWhatAHostFunctionThrowsIntoATrap) {
    bool broken = false;
    Linker linker(test_engine());
    linker.define("env", "seen", {{ValueType::i32, ValueType::i64}, {ValueType::i64}},
                  [&](Caller&, std::span<Value>) {
                      if (broken) throw Error(ErrorCode::unavailable, "no such variable");
                  });
    Instance instance(InstancePre(linker, compiled("host_calls")));
    broken = true;
    FiberCall call(instance, instance.function("relay"), std::array{i32(0), i64(0)}, soon());
    EXPECT_ERROR_SAYING(run(call), ErrorCode::trap,
                        HasSubstr("host function env.seen: no such variable"));
}

TEST(FiberCall, StopsAGuestThatUsedUpItsFuel) {
    const Engine engine({.code = {.counts_fuel = true}});
    const Module module =
        Module::compile(engine, "endless_loop", as_bytes(tests::guest("endless_loop")));
    Instance instance(InstancePre(Linker(engine), module), {.fuel = 5'000});
    FiberCall fine(instance, instance.function("count"), std::array{i32(10)}, soon());
    run(fine);
    EXPECT_LT(instance.fuel(), 5'000U);

    instance.refuel(2'000);
    FiberCall endless(instance, instance.function("spin"), {}, soon(60s));
    EXPECT_ERROR_SAYING(run(endless), ErrorCode::fuel_limit,
                        HasSubstr("plug-in endless_loop: `spin`: ran out of fuel, of which it may "
                                  "use 2000"));
    EXPECT_EQ(instance.fuel(), 0U);
}

TEST(FiberCall, RefusesReferencesAndTooFewArguments) {
    Instance instance = started("odd_types");
    EXPECT_ERROR_SAYING(
        FiberCall(instance, instance.function("reference"), std::array{i64(0)}, soon()),
        ErrorCode::invalid_input, HasSubstr("`reference` takes or gives references"));
    EXPECT_ERROR(FiberCall(instance, instance.function("pair"), {}, soon()), ErrorCode::internal);
    EXPECT_EQ(call(instance, "pair", {i64(0), i64(0)}).f64, 2.5);
}

}  // namespace
}  // namespace sluice::wasm
