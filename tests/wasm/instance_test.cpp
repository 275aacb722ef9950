#include "wasm/instance.hpp"

#include "guests.hpp"

#include <cstring>
#include <stdexcept>

namespace sluice::wasm {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// A linker whose env.seen is `function`.
Linker with_seen(HostFunction function) {
    Linker linker(test_engine());
    linker.define("env", "seen", {{ValueType::i32, ValueType::i64}, {ValueType::i64}},
                  std::move(function));
    return linker;
}

TEST(Instance, CallsAnExportedFunctionWithArguments) {
    Instance instance = started("endless_loop");
    EXPECT_EQ(call(instance, "quick").i32, 7);
    EXPECT_EQ(call(instance, "count", {i32(1000)}).i32, 1000);
}

TEST(Instance, GivesSeveralResultsAndVectors) {
    Instance instance = started("odd_types");
    std::array<Value, 2> pair{};
    instance.call(instance.function("pair"), pair, soon());
    EXPECT_EQ(pair[0].f64, 2.5);
    EXPECT_EQ(pair[1].i32, 3);

    std::array<Value, 1> vector{};
    std::memset(&vector, 0x5a, sizeof(vector));
    instance.call(instance.function("vector"), vector, soon());
    EXPECT_EQ(vector[0].v128[15], std::byte{0x5a});
}

TEST(Instance, NamesAnExportThatIsMissing) {
    const Instance instance = started("endless_loop");
    EXPECT_ERROR_SAYING(instance.function("slow"), ErrorCode::missing_export,
                        HasSubstr("plug-in endless_loop: no function `slow` is exported"));
    EXPECT_ERROR(started("odd_types").function("memory"), ErrorCode::missing_export);
}

TEST(Instance, RefusesACallWithTooFewValues) {
    Instance instance = started("odd_types");
    std::array<Value, 1> one{};
    EXPECT_ERROR_SAYING(instance.call(instance.function("pair"), one, soon()), ErrorCode::internal,
                        HasSubstr("`pair` needs 2 values, got 1"));
}

TEST(Instance, NamesAnImportThatNobodyOffers) {
    Linker linker(test_engine());
    const Module module = compiled("missing_import");
    EXPECT_ERROR_SAYING(InstancePre(linker, module), ErrorCode::invalid_input,
                        AllOf(StartsWith("failed to instantiate WASM module: plug-in "
                                         "missing_import: "),
                              HasSubstr("env::launch_missiles")));
}

TEST(Instance, RunsWithoutAnImportUntilItIsCalled) {
    Linker linker(test_engine());
    const Module module = compiled("missing_import");
    linker.define_unknown_imports_as_traps(module);
    Instance instance(InstancePre(linker, module));

    EXPECT_EQ(call(instance, "quick").i32, 7);
    EXPECT_ERROR_SAYING(call(instance, "use"), ErrorCode::trap, HasSubstr("env::launch_missiles"));
}

TEST(Instance, RefusesAnImportOfAnotherType) {
    Linker linker(test_engine());
    linker.define("env", "launch_missiles", {{ValueType::i64}, {}}, [](Caller&, auto) {});
    EXPECT_ERROR_SAYING(InstancePre(linker, compiled("missing_import")), ErrorCode::invalid_input,
                        HasSubstr("failed to instantiate WASM module"));
}

TEST(Linker, CallsHostFunctionsAlsoFromTheStartFunction) {
    std::vector<std::int64_t> seen;
    const Linker linker = with_seen([&](Caller& caller, std::span<Value> values) {
        EXPECT_EQ(caller.memory().size(), 65'536U);
        EXPECT_EQ(std::any_cast<int>(caller.data()), 5);
        seen.push_back(values[0].i32 + values[1].i64);
        values[0].i64 = -values[1].i64;
    });
    Instance instance(InstancePre(linker, compiled("host_calls")), {.data = 5});

    EXPECT_EQ(call(instance, "relay", {i32(10), i64(20)}).i64, -20);
    EXPECT_EQ(seen, (std::vector<std::int64_t>{3, 30}));
}

TEST(Linker, TurnsWhatAHostFunctionThrowsIntoATrap) {
    bool broken = false;
    const Linker linker = with_seen([&](Caller&, std::span<Value>) {
        if (broken) throw std::runtime_error("the disk is full");
    });
    Instance instance(InstancePre(linker, compiled("host_calls")));
    broken = true;

    EXPECT_ERROR_SAYING(call(instance, "relay", {i32(0), i64(0)}), ErrorCode::trap,
                        AllOf(HasSubstr("`relay`: host function env.seen: the disk is full"),
                              HasSubstr("host_calls")));
}

TEST(Linker, SurvivesAHostFunctionThatThrowsNoException) {
    bool broken = false;
    const Linker linker = with_seen([&](Caller&, std::span<Value>) {
        if (broken) throw 42;
    });
    Instance instance(InstancePre(linker, compiled("host_calls")));
    broken = true;
    EXPECT_ERROR_SAYING(call(instance, "relay", {i32(0), i64(0)}), ErrorCode::trap,
                        HasSubstr("host function env.seen failed"));
}

TEST(Linker, RefusesANameThatIsTakenAndReferences) {
    Linker linker = with_seen([](Caller&, std::span<Value>) {});
    EXPECT_ERROR_SAYING(linker.define("env", "seen", {}, [](Caller&, auto) {}),
                        ErrorCode::invalid_input, HasSubstr("env.seen"));
    EXPECT_ERROR(linker.define("env", "ref", {{ValueType::reference}, {}}, [](Caller&, auto) {}),
                 ErrorCode::invalid_input);
}

TEST(Linker, IsNotNeededOnceAnInstanceRuns) {
    auto linker =
        std::make_unique<Linker>(with_seen([](Caller&, auto values) { values[0].i64 = 9; }));
    auto pre = std::make_unique<InstancePre>(*linker, compiled("host_calls"));
    linker.reset();
    Instance instance(*pre);
    pre.reset();
    EXPECT_EQ(call(instance, "relay", {i32(0), i64(0)}).i64, 9);
}

TEST(Instance, ShowsItsMemoryAsItIsNow) {
    Instance instance = started("memory_hog");
    EXPECT_EQ(instance.memory().size(), 65'536U);
    EXPECT_EQ(instance.memory_bytes(), 2 * 65'536U);
    call(instance, "grow", {i32(3)});
    EXPECT_EQ(instance.memory().size(), 4 * 65'536U);
    EXPECT_TRUE(instance.grow_memory(1));
    EXPECT_EQ(instance.memory().size(), 5 * 65'536U);
    EXPECT_EQ(instance.memory_bytes(), 6 * 65'536U);
}

TEST(Instance, HasNoMemoryWhereNoneIsExported) {
    Instance instance = started("endless_loop");
    EXPECT_TRUE(instance.memory().empty());
    EXPECT_FALSE(instance.grow_memory(1));
}

}  // namespace
}  // namespace sluice::wasm
