#pragma once

#include "wasm/engine.hpp"
#include "wasm/instance.hpp"

#include "expect_error.hpp"
#include "files.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::wasm {

using namespace std::chrono_literals;

/// One for all tests: its clock is a thread. It outlives every guest.
inline const Engine& test_engine() {
    static const Engine engine;
    return engine;
}

inline Module compiled(std::string_view guest) {
    return Module::compile(test_engine(), std::string(guest), as_bytes(tests::guest(guest)));
}

/// An instance without imports but WASI's.
inline Instance started(std::string_view guest, InstanceOptions options = {}) {
    Linker linker(test_engine());
    linker.define_wasi();
    return Instance(InstancePre(linker, compiled(guest)), std::move(options));
}

inline Clock::time_point soon(Clock::duration in = 10s) {
    return Clock::now() + in;
}

inline Value i32(std::int32_t value) {
    return {.i32 = value};
}
inline Value i64(std::int64_t value) {
    return {.i64 = value};
}

/// Calls without a fiber; gives the first result, or 0 where there is none.
inline Value call(Instance& instance, std::string_view name,
                  std::initializer_list<Value> arguments = {}, Clock::duration limit = 10s) {
    const Function function = instance.function(name);
    std::vector<Value> values(arguments);
    values.resize(std::max<std::size_t>(function.slots(), 1));
    instance.call(function, values, soon(limit));
    return values[0];
}

/// Resumes until the end. How often the call gave its thread back before.
inline int run(FiberCall& call) {
    int suspended = 0;
    while (call.resume() != FiberCall::Progress::done) ++suspended;
    return suspended;
}

/// Resumes until the end or a wait: a tick may come at any time.
inline FiberCall::Progress run_to_wait(FiberCall& call) {
    for (;;)
        if (const auto progress = call.resume(); progress != FiberCall::Progress::yielded)
            return progress;
}

}  // namespace sluice::wasm
