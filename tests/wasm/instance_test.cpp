#include "wasm/instance.hpp"
#include "wasm/engine.hpp"

#include "expect_error.hpp"

#include <array>

namespace sluice::wasm {
namespace {

using namespace std::chrono_literals;

TEST(Instance, CallsAnExportedFunction) {
    const Engine engine;
    const Module module = Module::compile(engine, "adder", as_bytes(R"((module
        (func (export "add") (param i32 i32) (result i32)
          (i32.add (local.get 0) (local.get 1)))))"));
    Instance instance(InstancePre(Linker(engine), module));
    std::array<Value, 2> values{Value{.i32 = 40}, Value{.i32 = 2}};

    instance.call(instance.function("add"), values, Clock::now() + 1s);

    EXPECT_EQ(values[0].i32, 42);
}

TEST(FiberCall, CallsAnExportedFunction) {
    const Engine engine;
    const Module module = Module::compile(engine, "adder", as_bytes(R"((module
        (func (export "add") (param i32 i32) (result i32)
          (i32.add (local.get 0) (local.get 1)))))"));
    Instance instance(InstancePre(Linker(engine), module));
    const std::array<Value, 2> values{Value{.i32 = 40}, Value{.i32 = 2}};

    FiberCall call(instance, instance.function("add"), values, Clock::now() + 1s);

    EXPECT_EQ(call.resume(), FiberCall::Progress::done);
    ASSERT_EQ(call.results().size(), 1U);
    EXPECT_EQ(call.results()[0].i32, 42);
}

}  // namespace
}  // namespace sluice::wasm
