#include "wasm/engine.hpp"

#include "guests.hpp"

#include <thread>

namespace sluice::wasm {
namespace {

using testing::HasSubstr;

TEST(Engine, RefusesSettingsThatContradictEachOther) {
    EXPECT_ERROR_SAYING(Engine({.max_stack_bytes = 4 << 20, .fiber_stack_bytes = 1 << 20}),
                        ErrorCode::invalid_input, HasSubstr("max_wasm_stack"));
}

TEST(Engine, HasAFingerprintThatFollowsItsSettings) {
    const Engine same;
    EXPECT_EQ(same.fingerprint(), test_engine().fingerprint());
    EXPECT_THAT(same.fingerprint(), testing::StartsWith("wasmtime-48."));
    for (const CodeKind kind : {CodeKind{}, CodeKind{.counts_fuel = true},
                                CodeKind{.copies_data = true}, CodeKind{true, true}})
        EXPECT_EQ(Engine::kind_of(Engine({.code = kind}).fingerprint()), kind);
}

/// Waits for it, so that a machine under load changes nothing.
void await_rest(const Engine& engine) {
    const auto limit = soon(60s);
    while (!engine.resting() && Clock::now() < limit) std::this_thread::yield();
    ASSERT_TRUE(engine.resting());
}

TEST(Engine, RestsWhileNoGuestRunsAndStillStopsTheNextOne) {
    const Engine engine;
    const Module module =
        Module::compile(engine, "endless_loop", as_bytes(tests::guest("endless_loop")));
    const InstancePre pre(Linker(engine), module);

    Instance plain(pre);
    await_rest(engine);
    EXPECT_ERROR(call(plain, "spin", {}, 5ms), ErrorCode::timeout);
    EXPECT_FALSE(engine.resting());

    Instance on_fiber(pre);
    await_rest(engine);
    FiberCall fiber(on_fiber, on_fiber.function("spin"), {}, soon(5ms));
    EXPECT_ERROR(run(fiber), ErrorCode::timeout);
}

TEST(Engine, DoesNotRestWhileAGuestRuns) {
    const Engine engine;
    const Module module =
        Module::compile(engine, "endless_loop", as_bytes(tests::guest("endless_loop")));
    Instance instance(InstancePre(Linker(engine), module));
    std::jthread busy([&] { EXPECT_ERROR(call(instance, "spin", {}, 600ms), ErrorCode::timeout); });
}

}  // namespace
}  // namespace sluice::wasm
