#include "expect_error.hpp"
#include "wasm/engine.hpp"
#include "wasm/instance.hpp"

#include <array>
#include <string>

namespace sluice::wasm {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view counter = R"((module
    (import "host" "seen" (func $seen (param i32)))
    (memory (export "memory") 1)
    (func (export "next") (result i32)
      (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
      (call $seen (i32.load8_u (i32.const 0)))
      (i32.load8_u (i32.const 0)))))";

constexpr std::string_view guest = R"((module
    (import "counter" "next" (func $next (result i32)))
    (memory (export "memory") 2)
    (func $start (drop (call $next)))
    (start $start)
    (func (export "twice") (result i32) (drop (call $next)) (call $next))))";

class Library : public testing::Test {
  protected:
    Library() {
        linker_.define("host", "seen", {.parameters = {ValueType::i32}, .results = {}},
                       [this](Caller& caller, std::span<Value> values) {
                           seen_ += std::to_string(values[0].i32);
                           calling_memory_bytes_ = caller.calling_memory("memory").size();
                       });
        linker_.add_library("counter", Module::compile(engine_, "counter", as_bytes(counter)));
    }
    Module compile(std::string_view text) const {
        return Module::compile(engine_, "guest", as_bytes(text));
    }
    int call(Instance& instance, const char* name) const {
        std::array<Value, 1> values{};
        instance.call(instance.function(name), values, Clock::now() + 1s);
        return values[0].i32;
    }

    Engine engine_;
    Linker linker_{engine_};
    std::string seen_;
    std::size_t calling_memory_bytes_ = 0;
};

TEST_F(Library, IsCopiedForEachInstanceAndThereBeforeItsStartFunction) {
    const InstancePre pre(linker_, compile(guest));
    Instance one(pre);
    Instance other(pre);

    EXPECT_EQ(call(one, "twice"), 3);
    EXPECT_EQ(call(other, "twice"), 3);
    EXPECT_EQ(seen_, "112323");
}

TEST_F(Library, ShowsHostFunctionsTheMemoryOfTheModuleThatCalled) {
    Instance instance(InstancePre(linker_, compile(guest)));

    EXPECT_EQ(calling_memory_bytes_, 64U << 10);
    EXPECT_EQ(instance.memory().size(), 128U << 10);
}

TEST_F(Library, GivesItsFunctionsAndMemoriesToTheHost) {
    Instance instance(InstancePre(linker_, compile(guest)));
    std::array<Value, 1> values{};

    instance.call(instance.library_function("counter", "next"), values, Clock::now() + 1s);

    EXPECT_EQ(values[0].i32, 2);
    EXPECT_EQ(instance.memory(instance.library_memory("counter", "memory"))[0], std::byte{2});
    EXPECT_ERROR(instance.library_function("counter", "memory"), ErrorCode::missing_export);
    EXPECT_ERROR(instance.library_memory("counter", "next"), ErrorCode::missing_export);
    EXPECT_ERROR(instance.library_memory("nobody", "next"), ErrorCode::missing_export);
}

TEST_F(Library, IsNotMadeForAGuestThatDoesNotImportIt) {
    Instance instance(InstancePre(linker_, compile("(module)")));

    EXPECT_ERROR(instance.library_function("counter", "next"), ErrorCode::missing_export);
}

TEST_F(Library, HidesWhatIsNoFunction) {
    const Module module = compile(R"((module
        (import "counter" "next" (func (result i32)))
        (import "counter" "memory" (memory 1))))");

    EXPECT_ERROR_SAYING(InstancePre(linker_, module), ErrorCode::invalid_input,
                        testing::HasSubstr("counter::memory"));
}

TEST_F(Library, RefusesAnotherTypeWhenTheGuestIsLoaded) {
    const Module module = compile(R"((module (import "counter" "next" (func (result i64)))))");

    EXPECT_ERROR_SAYING(
        InstancePre(linker_, module), ErrorCode::invalid_input,
        testing::HasSubstr("`counter::next` is () -> i64, but a function () -> i32"));
}

TEST_F(Library, ServesAGuestThatSleepsToo) {
    linker_.define_wasi();
    const InstancePre pre(linker_, compile(R"((module
        (import "counter" "next" (func $next (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff"
          (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "sleep_and_count") (result i32)
          (i32.store (i32.const 16) (i32.const 1))
          (i64.store (i32.const 24) (i64.const 1000000))
          (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
          (call $next))))"));
    Instance instance(pre);

    EXPECT_EQ(call(instance, "sleep_and_count"), 1);
}

}  // namespace
}  // namespace sluice::wasm
