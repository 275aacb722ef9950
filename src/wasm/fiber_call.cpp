#include "wasm/failure.hpp"
#include "wasm/instance.hpp"
#include "wasm/instance_state.hpp"

#include <fmt/format.h>

#include <cstring>
#include <vector>

namespace sluice::wasm {
namespace {

static_assert(static_cast<int>(ValueType::i32) == WASMTIME_I32);
static_assert(static_cast<int>(ValueType::i64) == WASMTIME_I64);
static_assert(static_cast<int>(ValueType::f32) == WASMTIME_F32);
static_assert(static_cast<int>(ValueType::f64) == WASMTIME_F64);
static_assert(static_cast<int>(ValueType::v128) == WASMTIME_V128);
static_assert(sizeof(wasmtime_valunion_t) >= sizeof(Value));

}  // namespace

/// Kept by its instance from one call to the next, so that its lists are allocated once.
struct FiberCall::State {
    void start(Instance::State& owner, const Function& callee, std::span<const Value> values);
    /// After the engine said that the call has ended. Errors: as Instance::call.
    void finish();
    [[noreturn]] void fail_in_wait();

    Instance::State* instance = nullptr;
    Function function{};
    wasmtime_func_t target{};
    std::vector<wasmtime_val_t> arguments{};
    std::vector<wasmtime_val_t> raw_results{};
    std::vector<Value> results{};
    wasm_trap_t* trap = nullptr;
    wasmtime_error_t* error = nullptr;
    wasmtime_error_t* panic = nullptr;
    FutureHandle future{};
    bool started = false;
};

void FiberCall::State::start(Instance::State& owner, const Function& callee,
                             std::span<const Value> values) {
    const FunctionType& type = *callee.type;
    if (values.size() < type.parameters.size())
        throw Error(ErrorCode::internal,
                    fmt::format("`{}` needs {} arguments, got {}", owner.export_name(callee),
                                type.parameters.size(), values.size()));
    for (const auto* side : {&type.parameters, &type.results})
        if (std::ranges::find(*side, ValueType::reference) != side->end())
            throw Error(ErrorCode::invalid_input,
                        fmt::format("plug-in {}: `{}` takes or gives references",
                                    owner.module.name(), owner.export_name(callee)));
    instance = &owner;
    function = callee;
    target = {callee.store, callee.code};
    arguments.resize(type.parameters.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        arguments[i].kind = static_cast<wasmtime_valkind_t>(type.parameters[i]);
        std::memcpy(&arguments[i].of, &values[i], sizeof(Value));
    }
    raw_results.resize(type.results.size());
    results.clear();
    trap = nullptr;
    error = nullptr;
    panic = nullptr;
    started = false;
    future.reset(wasmtime_func_call_async(owner.context, &target, arguments.data(),
                                          arguments.size(), raw_results.data(), raw_results.size(),
                                          &trap, &error));
}

void FiberCall::State::finish() {
    future.reset();
    if (trap != nullptr || error != nullptr || panic != nullptr)
        instance->check_end(fmt::format("`{}`", instance->export_name(function)), trap, error,
                            panic);
    results.resize(raw_results.size());
    for (std::size_t i = 0; i < results.size(); ++i)
        std::memcpy(&results[i], &raw_results[i].of, sizeof(Value));
}

void FiberCall::State::fail_in_wait() {
    future.reset();
    instance->fail_in_wait(fmt::format("`{}`", instance->export_name(function)));
}

FiberCall::FiberCall(Instance& instance, const Function& function, std::span<const Value> arguments,
                     Clock::time_point deadline)
    : state_(std::move(instance.state().spare)) {
    if (!state_) state_ = std::make_shared<State>();
    instance.state().begin(deadline, Instance::State::Ticks::yield);
    state_->start(instance.state(), function, arguments);
}

FiberCall::~FiberCall() {
    if (state_->future && state_->started) state_->instance->poisoned = true;
    state_->future.reset();
    state_->instance->spare = std::move(state_);
}

FiberCall::Progress FiberCall::resume() {
    State& state = *state_;
    if (!state.future) return Progress::done;
    const auto& waits_until = state.instance->waits_until;
    if (waits_until && Clock::now() >= state.instance->deadline) state.fail_in_wait();
    state.started = true;
    const EpochClock::Runner::Scope running(state.instance->runner);
    if (sluice_call_future_poll(state.future.get(), &state.panic)) {
        state.finish();
        return Progress::done;
    }
    return waits_until ? Progress::waiting : Progress::yielded;
}

Clock::time_point FiberCall::wake_at() const noexcept {
    const Instance::State& instance = *state_->instance;
    return std::min(instance.waits_until.value_or(instance.deadline), instance.deadline);
}

std::span<const Value> FiberCall::results() const noexcept {
    return state_->results;
}

void Instance::State::call_on_fiber(const Function& function, std::span<Value> values,
                                    Clock::time_point until, std::stop_token stop) {
    if (!spare) spare = std::make_shared<FiberCall::State>();
    FiberCall::State& call = *spare;
    begin(until, Ticks::run_on, std::move(stop));
    call.start(*this, function, values);
    const EpochClock::Runner::Scope running(runner);
    if (!run_blocking(*call.future, call.panic)) call.fail_in_wait();
    call.finish();
    std::ranges::copy(call.results, values.begin());
}

}  // namespace sluice::wasm
