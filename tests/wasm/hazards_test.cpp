#include "wasm/instance.hpp"

#include "guests.hpp"

namespace sluice::wasm {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Hazards, StopsAnEndlessLoopAtItsDeadlineAndNamesTheFunction) {
    Instance instance = started("endless_loop");
    EXPECT_ERROR_SAYING(call(instance, "spin", {}, 20ms), ErrorCode::timeout,
                        AllOf(HasSubstr("plug-in endless_loop: `spin`: stopped at its deadline"),
                              HasSubstr("forever")));
}

TEST(Hazards, UsesNoInstanceAgainThatWasStopped) {
    Instance instance = started("endless_loop");
    EXPECT_ERROR(call(instance, "spin", {}, 1ms), ErrorCode::timeout);
    EXPECT_ERROR_SAYING(call(instance, "quick"), ErrorCode::poisoned,
                        HasSubstr("plug-in endless_loop"));
    EXPECT_ERROR(FiberCall(instance, instance.function("quick"), {}, soon()), ErrorCode::poisoned);
}

TEST(Hazards, StopsAnEndlessStartFunction) {
    EXPECT_ERROR_SAYING(
        started("endless_start", {.start_time_limit = 20ms}), ErrorCode::timeout,
        AllOf(HasSubstr("failed to instantiate WASM module"), HasSubstr("endless_start")));
}

TEST(Hazards, StopsAStartFunctionThatSleeps) {
    EXPECT_ERROR_SAYING(started("wasi_start_sleeper", {.start_time_limit = 20ms}),
                        ErrorCode::timeout, HasSubstr("failed to instantiate WASM module"));
}

TEST(Hazards, ReportsAStartFunctionThatTraps) {
    EXPECT_ERROR_SAYING(started("trapping_start"), ErrorCode::trap,
                        AllOf(HasSubstr("failed to instantiate WASM module"),
                              HasSubstr("unreachable"), HasSubstr("prepare")));
}

TEST(Hazards, RefusesMemoryBeyondTheLimit) {
    Instance instance = started("memory_hog", {.limits = {.memory_bytes = 1 << 20}});
    EXPECT_EQ(call(instance, "grow", {i32(15)}).i32, -1);
    EXPECT_EQ(call(instance, "grow", {i32(14)}).i32, 1);
    EXPECT_FALSE(instance.grow_memory(1));
}

TEST(Hazards, CountsAllMemoriesOfAGuestTogether) {
    Instance instance = started("memory_hog", {.limits = {.memory_bytes = 1 << 20}});
    EXPECT_EQ(call(instance, "grow", {i32(10)}).i32, 1);
    EXPECT_EQ(call(instance, "grow_second", {i32(5)}).i32, -1);
    EXPECT_EQ(call(instance, "grow_second", {i32(4)}).i32, 1);
}

TEST(Hazards, TellsAGuestThatDiedOfTooMuchMemoryFromOneThatTrapped) {
    Instance instance = started("memory_hog", {.limits = {.memory_bytes = 16 << 20}});
    EXPECT_ERROR_SAYING(call(instance, "hog"), ErrorCode::memory_limit,
                        AllOf(HasSubstr("`hog`"), HasSubstr("16777216 bytes"), HasSubstr("abort")));
}

TEST(Hazards, RefusesAModuleThatIsBornTooBig) {
    EXPECT_ERROR_SAYING(
        started("memory_born_big", {.limits = {.memory_bytes = 32 << 20}}), ErrorCode::memory_limit,
        AllOf(HasSubstr("failed to instantiate WASM module"), HasSubstr("33554432 bytes")));
}

TEST(Hazards, RefusesTableElementsBeyondTheLimit) {
    Instance instance = started("table_hog", {.limits = {.table_elements = 100}});
    EXPECT_EQ(call(instance, "grow", {i32(100)}).i32, -1);
    EXPECT_EQ(call(instance, "grow", {i32(99)}).i32, 1);
    EXPECT_ERROR(call(instance, "hog"), ErrorCode::memory_limit);
}

TEST(Hazards, SurvivesEndlessRecursionInACallAndOnAFiber) {
    Instance instance = started("endless_recursion");
    EXPECT_ERROR_SAYING(call(instance, "recurse", {i64(0)}), ErrorCode::trap,
                        AllOf(HasSubstr("call stack exhausted"), HasSubstr("deeper")));

    Instance another = started("endless_recursion");
    FiberCall deep(another, another.function("recurse"), std::array{i64(0)}, soon());
    EXPECT_ERROR_SAYING(run(deep), ErrorCode::trap, HasSubstr("call stack exhausted"));
}

TEST(Hazards, NamesTheGuestsFunctionsOfATrap) {
    Instance instance = started("traps");
    EXPECT_ERROR_SAYING(
        call(instance, "unreachable"), ErrorCode::trap,
        AllOf(HasSubstr("plug-in traps: `unreachable`: "), HasSubstr("unreachable` instruction"),
              HasSubstr("broken_guest!innermost_rule"), HasSubstr("broken_guest!check_words")));
}

TEST(Hazards, ReportsEveryKindOfTrap) {
    const auto trap = [](std::string_view function, std::initializer_list<Value> arguments = {}) {
        Instance instance = started("traps");
        call(instance, function, arguments);
    };
    EXPECT_ERROR_SAYING(trap("out_of_bounds"), ErrorCode::trap,
                        HasSubstr("out of bounds memory access"));
    EXPECT_ERROR_SAYING(trap("divide", {i32(1), i32(0)}), ErrorCode::trap,
                        HasSubstr("integer divide by zero"));
    EXPECT_ERROR_SAYING(trap("divide", {i32(INT32_MIN), i32(-1)}), ErrorCode::trap,
                        HasSubstr("integer overflow"));
    EXPECT_ERROR_SAYING(trap("null_call"), ErrorCode::trap, HasSubstr("uninitialized element"));
}

TEST(Hazards, ReportsTrapsOnFibersInTheSameWords) {
    Instance instance = started("traps");
    FiberCall broken(instance, instance.function("unreachable"), {}, soon());
    EXPECT_ERROR_SAYING(run(broken), ErrorCode::trap,
                        AllOf(HasSubstr("`unreachable`: "), HasSubstr("innermost_rule")));
}

}  // namespace
}  // namespace sluice::wasm
