// What one call into a guest costs: the engine's C API alone, then our layers on top of it.
//
// echo: malloc, copy in, the guest copies, copy out, two frees. The peer is `raw`, in the same run.
#include "base/json_slices.hpp"
#include "hooks/hook_answer.hpp"
#include "hooks/hook_call.hpp"
#include "hooks/hook_plugin.hpp"
#include "hooks/instance_pool.hpp"
#include "hooks/json_overlay.hpp"
#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"
#include "wasm/instance.hpp"

#include <benchmark/benchmark.h>
#include <sluice_engine.h>

#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace sluice::wasm;
using namespace std::chrono_literals;

const std::string& guest() {
    static const std::string text = [] {
        std::ifstream file(SLUICE_BENCH_GUESTS "/echo.wat");
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    return text;
}

const Engine& engine() {
    static const Engine only;
    return only;
}

const Module& module() {
    static const Module only = Module::compile(engine(), "echo", sluice::as_bytes(guest()));
    return only;
}

/// The same guest through the engine's C API, with nothing of ours.
class RawGuest {
  public:
    RawGuest() {
        store_ = wasmtime_store_new(engine().raw(), nullptr, nullptr);
        context_ = wasmtime_store_context(store_);
        wasmtime_context_set_epoch_deadline(context_, UINT64_MAX / 2);
        wasm_trap_t* trap = nullptr;
        if (wasmtime_instance_new(context_, module().raw(), nullptr, 0, &instance_, &trap) !=
            nullptr)
            throw std::runtime_error("the guest does not start");
        wasmtime_extern_t memory{};
        wasmtime_instance_export_get(context_, &instance_, "memory", 6, &memory);
        memory_ = memory.of.memory;
    }
    ~RawGuest() { wasmtime_store_delete(store_); }
    RawGuest(const RawGuest&) = delete;
    RawGuest& operator=(const RawGuest&) = delete;

    wasmtime_func_t function(std::string_view name) {
        wasmtime_extern_t item{};
        wasmtime_instance_export_get(context_, &instance_, name.data(), name.size(), &item);
        return item.of.func;
    }
    void call(const wasmtime_func_t& function, wasmtime_val_raw_t* values, std::size_t count) {
        wasm_trap_t* trap = nullptr;
        if (wasmtime_func_call_unchecked(context_, &function, values, count, &trap) != nullptr ||
            trap != nullptr)
            throw std::runtime_error("the guest failed");
    }
    std::byte* memory() {
        return reinterpret_cast<std::byte*>(wasmtime_memory_data(context_, &memory_));
    }

  private:
    wasmtime_store_t* store_ = nullptr;
    wasmtime_context_t* context_ = nullptr;
    wasmtime_instance_t instance_{};
    wasmtime_memory_t memory_{};
};

constexpr auto deadline = Clock::time_point::max();

void raw_nothing(benchmark::State& state) {
    RawGuest guest;
    const auto nothing = guest.function("nothing");
    for (auto _ : state) guest.call(nothing, nullptr, 0);
}

void instance_nothing(benchmark::State& state) {
    Instance instance(InstancePre(Linker(engine()), module()));
    const Function nothing = instance.function("nothing");
    for (auto _ : state) instance.call(nothing, {}, deadline);
}

/// A tick may come at any time.
void finish(FiberCall&& call) {
    while (call.resume() != FiberCall::Progress::done) continue;
}

void fiber_nothing(benchmark::State& state) {
    Instance instance(InstancePre(Linker(engine()), module()));
    const Function nothing = instance.function("nothing");
    for (auto _ : state) finish(FiberCall(instance, nothing, {}, deadline));
}

void raw_echo(benchmark::State& state) {
    RawGuest guest;
    const auto malloc = guest.function("malloc");
    const auto free = guest.function("free");
    const auto hook = guest.function("http_pre_hook");
    const std::vector<std::byte> in(static_cast<std::size_t>(state.range(0)), std::byte{'x'});
    std::vector<std::byte> out(in.size());
    const auto size = static_cast<std::int32_t>(in.size());
    for (auto _ : state) {
        std::array<wasmtime_val_raw_t, 2> values{};
        values[0].i32 = size;
        guest.call(malloc, values.data(), 1);
        const std::int32_t block = values[0].i32;
        std::memcpy(guest.memory() + block, in.data(), in.size());
        values[0].i32 = block;
        values[1].i32 = size;
        guest.call(hook, values.data(), 2);
        const auto copy = static_cast<std::int32_t>(values[0].i64 >> 32);
        std::memcpy(out.data(), guest.memory() + copy, out.size());
        for (const std::int32_t each : {block, copy}) {
            values[0].i32 = each;
            values[1].i32 = size;
            guest.call(free, values.data(), 2);
        }
        benchmark::DoNotOptimize(out.data());
    }
}

Value i32(std::int32_t value) {
    return {.i32 = value};
}

void echo(benchmark::State& state, Value (*call_hook)(Instance&, const Function&, Value, Value)) {
    Instance instance(InstancePre(Linker(engine()), module()));
    const Function malloc = instance.function("malloc");
    const Function free = instance.function("free");
    const Function hook = instance.function("http_pre_hook");
    const std::vector<std::byte> in(static_cast<std::size_t>(state.range(0)), std::byte{'x'});
    std::vector<std::byte> out(in.size());
    const auto size = static_cast<std::int32_t>(in.size());
    for (auto _ : state) {
        std::array<Value, 2> values{i32(size)};
        instance.call(malloc, values, deadline);
        const std::int32_t block = values[0].i32;
        std::memcpy(instance.memory().subspan(static_cast<std::size_t>(block), in.size()).data(),
                    in.data(), in.size());
        const Value packed = call_hook(instance, hook, i32(block), i32(size));
        const auto copy = static_cast<std::int32_t>(packed.i64 >> 32);
        std::memcpy(out.data(),
                    instance.memory().subspan(static_cast<std::size_t>(copy), out.size()).data(),
                    out.size());
        for (const std::int32_t each : {block, copy}) {
            values = {i32(each), i32(size)};
            instance.call(free, values, deadline);
        }
        benchmark::DoNotOptimize(out.data());
    }
}

void instance_echo(benchmark::State& state) {
    echo(state, [](Instance& instance, const Function& hook, Value block, Value size) {
        std::array values{block, size};
        instance.call(hook, values, deadline);
        return values[0];
    });
}

void fiber_echo(benchmark::State& state) {
    echo(state, [](Instance& instance, const Function& hook, Value block, Value size) {
        FiberCall call(instance, hook, std::array{block, size}, deadline);
        while (call.resume() != FiberCall::Progress::done) continue;
        return call.results()[0];
    });
}

/// The whole hook call: pool, allocator, fiber, bounds, copy out, both blocks freed.
void hook_echo(benchmark::State& state) {
    using namespace sluice::hooks;
    InstancePool pool(HookPlugin::load(engine(), ImageCache(ImageCache::default_folder()),
                                       sluice::as_bytes(guest()), {.name = "echo"}));
    const std::string in(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state) {
        const InstancePool::Lease lease = pool.take(in.size());
        HookCall call(*lease, Phase::http_pre, {in});
        while (call.resume() != FiberCall::Progress::done) continue;
        benchmark::DoNotOptimize(call.answer().data());
    }
}

/// What the host does with a post hook's answer of about 2 KiB: read it, and lay it over the answer
/// that was sent. range(0): whether the guest changed a word.
void hook_answer(benchmark::State& state) {
    using namespace sluice::hooks;
    std::string sent =
        R"({"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"gpt-4o",)"
        R"("choices":[{"index":0,"message":{"role":"assistant","content":")";
    for (int i = 0; i < 300; ++i) sent += "words ";
    sent += R"(","tool_calls":[]},"finish_reason":"stop"}],"usage":{"prompt_tokens":4,)"
            R"("completion_tokens":300,"total_tokens":304}})";
    std::string returned = sent;
    if (state.range(0) != 0) returned.replace(returned.find("words"), 5, "*****");
    const std::string json = R"({"context":{"request_id":"r-1"},"response":{"chat_response":)" +
                             returned + R"(},"error":{},"has_error":false,"hook_error":""})";
    sluice::JsonDocument answers;
    sluice::JsonDocument originals;
    for (auto _ : state) {
        const HookAnswer answer = read_answer(Phase::post, json, answers);
        std::string out;
        overlay(originals.read(sent), find_key(answer.response, "chatresponse"),
                Additions::not_blank, out);
        benchmark::DoNotOptimize(out.data());
    }
}

void new_instance(benchmark::State& state) {
    const InstancePre pre(Linker(engine()), module());
    for (auto _ : state) Instance instance(pre);
}

void compile(benchmark::State& state) {
    for (auto _ : state) Module::compile(engine(), "echo", sluice::as_bytes(guest()));
}

}  // namespace

BENCHMARK(raw_nothing);
BENCHMARK(instance_nothing);
BENCHMARK(fiber_nothing);
BENCHMARK(raw_echo)->Arg(64)->Arg(1 << 10)->Arg(64 << 10);
BENCHMARK(instance_echo)->Arg(64)->Arg(1 << 10)->Arg(64 << 10);
BENCHMARK(fiber_echo)->Arg(64)->Arg(1 << 10)->Arg(64 << 10);
BENCHMARK(hook_echo)->Arg(64)->Arg(1 << 10)->Arg(2 << 10)->Arg(64 << 10);
BENCHMARK(hook_answer)->Arg(0)->Arg(1);
BENCHMARK(new_instance);
BENCHMARK(compile)->Unit(benchmark::kMillisecond);
