#include "wasm/instance.hpp"

#include "wasm/failure.hpp"
#include "wasm/instance_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace sluice::wasm {
namespace {

constexpr std::size_t max_tables = 16;
constexpr std::size_t max_memories = 4;

bool may_grow(void* env, bool table, std::size_t current, std::size_t desired) {
    auto& state = *static_cast<Instance::State*>(env);
    const std::uint64_t limit =
        table ? state.options.limits.table_elements : state.options.limits.memory_bytes;
    std::uint64_t& total = table ? state.table_elements : state.memory_bytes;
    const std::uint64_t more = desired - current;
    if (more > limit || total > limit - more) {
        state.limit_hit = true;
        return false;
    }
    total += more;
    return true;
}

/// Not a thing that a guest's end should depend on: what is thrown here has nowhere to go.
void take_sample(Instance::State& state, wasmtime_context_t* context) noexcept {
    std::vector<std::string> stack;
    const auto keep = [](void* env, const std::uint8_t* name, std::size_t length) {
        static_cast<std::vector<std::string>*>(env)->emplace_back(
            reinterpret_cast<const char*>(name), length);
    };
    sluice_backtrace(context, keep, &stack);
    const auto now = Clock::now();
    state.options.sample(stack, now - state.sampled);
    state.sampled = now;
}

/// Writes to its caller's frame, on a fiber's stack: the engine maps and unmaps those behind TSan's
/// back, so that a stack which another thread had before looks like a race to it.
__attribute__((no_sanitize_thread)) wasmtime_error_t* on_epoch(
    wasmtime_context_t* context, void* env, std::uint64_t* ticks,
    wasmtime_update_deadline_kind_t* kind) {
    auto& state = *static_cast<Instance::State*>(env);
    *ticks = 1;
    if (state.options.sample) take_sample(state, context);
    *kind = state.ticks == Instance::State::Ticks::yield ? WASMTIME_UPDATE_DEADLINE_YIELD
                                                         : WASMTIME_UPDATE_DEADLINE_CONTINUE;
    // Time passes too while the thread waits for its turn on a loaded machine. Each of these calls
    // is a tick that the guest was seen running in: one that has just begun is no endless loop.
    constexpr unsigned least_ticks = 4;
    if (state.cancel.stop_requested()) {
        state.host_stop = ErrorCode::cancelled;
        return wasmtime_error_new("cancelled");
    }
    if (++state.ticks_run < least_ticks || Clock::now() < state.deadline) return nullptr;
    state.timed_out = true;
    return wasmtime_error_new("stopped at its deadline");
}

}  // namespace

InstancePre::InstancePre(const Linker& linker, const Module& module) {
    state_ = std::make_unique<State>(State{.module = module, .pre = {}});
    prepare_libraries(linker, *state_);
    const auto waits = [&](const Module& linked) {
        return std::ranges::any_of(linked.imports(), [&](const Extern& import) {
            return linker.state().waiting.contains({import.module, import.name});
        });
    };
    state_->needs_fiber =
        waits(module) || std::ranges::any_of(state_->libraries, waits, &State::Library::module);
    if (!state_->libraries.empty()) return;
    wasmtime_instance_pre_t* pre = nullptr;
    check(wasmtime_linker_instantiate_pre(linker.state().linker.get(), module.raw(), &pre),
          ErrorCode::invalid_input,
          fmt::format("failed to instantiate WASM module: plug-in {}", module.name()));
    state_->pre.reset(pre);
}

InstancePre::~InstancePre() = default;
InstancePre::InstancePre(InstancePre&&) noexcept = default;
InstancePre& InstancePre::operator=(InstancePre&&) noexcept = default;

const Module& InstancePre::module() const noexcept {
    return state_->module;
}

Instance::State::State(const InstancePre& pre, InstanceOptions chosen)
    : module(pre.module()),
      options(std::move(chosen)),
      descriptors(options.folders),
      runner(module.clock()),
      store(wasmtime_store_new(module.engine(), this, nullptr)),
      context(wasmtime_store_context(store.get())),
      needs_fiber(pre.state().needs_fiber) {
    sluice_store_limiter(store.get(), may_grow, this, max_tables, max_memories);
    wasmtime_store_epoch_deadline_callback(store.get(), on_epoch, this, nullptr);
}

void Instance::State::refuel(std::uint64_t fuel) {
    fuel_limit = fuel;
    check(
        wasmtime_context_set_fuel(context, fuel), ErrorCode::invalid_input,
        fmt::format("plug-in {}: it was compiled without a fuel limit, so that its code counts no "
                    "fuel; compile it with one",
                    module.name()));
}

void Instance::State::instantiate(const wasmtime_instance_pre_t& pre, wasmtime_instance_t& made) {
    constexpr std::string_view what = "failed to instantiate WASM module";
    const EpochClock::Runner::Scope running(runner);
    if (!needs_fiber) {
        std::uint8_t code = 0;
        wasmtime_error_t* error = sluice_instance_pre_instantiate(&pre, context, &made, &code);
        if (error != nullptr) fail(what, description(ErrorHandle(error)), code);
        return;
    }
    wasm_trap_t* trap = nullptr;
    wasmtime_error_t* error = nullptr;
    wasmtime_error_t* panic = nullptr;
    FutureHandle future(
        wasmtime_instance_pre_instantiate_async(&pre, context, &made, &trap, &error));
    const bool ended = run_blocking(*future, panic);
    future.reset();
    if (!ended) fail_in_wait(what);
    check_end(what, trap, error, panic);
}

void Instance::State::begin(Clock::time_point until, Ticks chosen, std::stop_token stop) {
    if (poisoned)
        throw Error(ErrorCode::poisoned,
                    fmt::format("plug-in {}: an earlier call failed, a new instance is needed",
                                module.name()));
    deadline = until;
    cancel = std::move(stop);
    ticks = chosen;
    timed_out = false;
    limit_hit = false;
    out_of_fuel = false;
    ticks_run = 0;
    exit_status.reset();
    host_stop.reset();
    waits_until.reset();
    if (options.sample) sampled = Clock::now();
    wasmtime_context_set_epoch_deadline(context, 1);
}

void Instance::State::fail(std::string_view what, const std::string& description,
                           std::uint8_t code) {
    // A command's `_start` may end by `proc_exit(0)`, which leaves its exports fit for use.
    poisoned = exit_status != 0;
    const std::string text = fmt::format("plug-in {}: {}: {}", module.name(), what, description);
    if (code == SLUICE_CODE_PANIC) throw Error(ErrorCode::internal, text);
    if (timed_out) throw Error(ErrorCode::timeout, text);
    if (host_stop) throw Error(*host_stop, text);
    if (exit_status) throw Error(ErrorCode::guest_error, text);
    if (code == WASMTIME_TRAP_CODE_OUT_OF_FUEL || out_of_fuel)
        throw Error(ErrorCode::fuel_limit,
                    fmt::format("plug-in {}: {}: ran out of fuel, of which it may use {}: {}",
                                module.name(), what, fuel_limit, description));
    if (!limit_hit) throw Error(ErrorCode::trap, text);
    throw Error(ErrorCode::memory_limit,
                fmt::format("plug-in {}: {}: asked for more memory than it may have ({} bytes, {} "
                            "table elements): {}",
                            module.name(), what, options.limits.memory_bytes,
                            options.limits.table_elements, description));
}

void Instance::State::fail_in_wait(std::string_view what) {
    const Error stopped = stopped_in_wait();
    host_stop = stopped.code();
    fail(what, stopped.what());
}

bool Instance::State::wait(Clock::time_point until) const {
    std::mutex mutex;
    std::condition_variable_any cancelled;
    std::unique_lock lock(mutex);
    cancelled.wait_until(lock, cancel, std::min(until, deadline), [] { return false; });
    return !cancel.stop_requested() && Clock::now() < deadline;
}

Error Instance::State::stopped_in_wait() const {
    if (cancel.stop_requested()) return {ErrorCode::cancelled, "cancelled, while it waited"};
    return {ErrorCode::timeout, "stopped at its deadline, while it waited"};
}

std::string_view Instance::State::export_name(const Function& function) const noexcept {
    for (const Extern& item : module.exports())
        if (item.function && &*item.function == function.type) return item.name;
    for (const Library& library : libraries)
        for (const Extern& item : library.module.exports())
            if (item.function && &*item.function == function.type) return item.name;
    return "a function of another instance";
}

bool Instance::State::run_blocking(wasmtime_call_future_t& future, wasmtime_error_t*& panic) const {
    while (!sluice_call_future_poll(&future, &panic)) {
        if (waits_until && !wait(*waits_until)) return false;
    }
    return true;
}

void Instance::State::check_end(std::string_view what, wasm_trap_t* trap, wasmtime_error_t* error,
                                wasmtime_error_t* panic) {
    TrapHandle trapped(trap);
    ErrorHandle failed(error);
    ErrorHandle panicked(panic);
    if (panicked) fail(what, description(std::move(panicked)), SLUICE_CODE_PANIC);
    std::uint8_t code = SLUICE_CODE_NO_TRAP;
    if (trapped) wasmtime_trap_code(trapped.get(), &code);
    if (trapped) fail(what, description(std::move(trapped)), code);
    if (failed) fail(what, description(std::move(failed)));
}

Instance::Instance(const InstancePre& pre, InstanceOptions options)
    : state_(std::make_unique<State>(pre, std::move(options))) {
    state_->self = this;
    // The engine gives a new store none at all.
    if (state_->options.fuel || state_->module.kind().counts_fuel)
        state_->refuel(state_->options.fuel.value_or(state_->fuel_limit));
    state_->begin(Clock::now() + state_->options.start_time_limit, State::Ticks::run_on);
    if (pre.state().pre) {
        state_->instantiate(*pre.state().pre, state_->instance);
    } else {
        const PreHandle linked = state_->link_libraries(pre.state());
        state_->instantiate(*linked, state_->instance);
    }
    state_->is_made = true;
    wasmtime_extern_t item{};
    if (state_->module.has_memory() &&
        wasmtime_instance_export_get(state_->context, &state_->instance, "memory", 6, &item))
        state_->memory = item.of.memory;
}

Instance::~Instance() = default;

Function Instance::function(std::string_view name) const {
    const FunctionType* type = state_->module.exported_function(name);
    wasmtime_extern_t item{};
    if (type == nullptr || !wasmtime_instance_export_get(state_->context, &state_->instance,
                                                         name.data(), name.size(), &item))
        throw Error(
            ErrorCode::missing_export,
            fmt::format("plug-in {}: no function `{}` is exported", state_->module.name(), name));
    return {item.of.func.store_id, item.of.func.__private, type};
}

void Instance::call(const Function& function, std::span<Value> values, Clock::time_point deadline,
                    std::stop_token cancel) {
    State& state = *state_;
    if (values.size() < function.slots())
        throw Error(ErrorCode::internal,
                    fmt::format("`{}` needs {} values, got {}", state.export_name(function),
                                function.slots(), values.size()));
    if (state.needs_fiber) {
        state.call_on_fiber(function, values, deadline, std::move(cancel));
        return;
    }
    state.begin(deadline, State::Ticks::run_on, std::move(cancel));
    const wasmtime_func_t target{function.store, function.code};
    std::uint8_t code = 0;
    state.runner.enter();
    wasmtime_error_t* error = sluice_func_call(state.context, &target,
                                               reinterpret_cast<wasmtime_val_raw_t*>(values.data()),
                                               values.size(), &code);
    state.runner.leave();
    if (error == nullptr) return;
    state.fail(fmt::format("`{}`", state.export_name(function)), description(ErrorHandle(error)),
               code);
}

void Instance::call_within(const Function& function, std::span<Value> values) {
    State& state = *state_;
    const wasmtime_func_t target{function.store, function.code};
    std::uint8_t code = 0;
    wasmtime_error_t* error = sluice_func_call(state.context, &target,
                                               reinterpret_cast<wasmtime_val_raw_t*>(values.data()),
                                               values.size(), &code);
    if (error == nullptr) return;
    // What ends the running call then is the host function that could not go on.
    if (code == WASMTIME_TRAP_CODE_OUT_OF_FUEL) state.out_of_fuel = true;
    throw Error(code == SLUICE_CODE_PANIC ? ErrorCode::internal : ErrorCode::trap,
                description(ErrorHandle(error)));
}

void Instance::refuel(std::uint64_t fuel) {
    state_->refuel(fuel);
}

std::uint64_t Instance::fuel() const noexcept {
    std::uint64_t left = 0;
    const ErrorHandle counts_none(wasmtime_context_get_fuel(state_->context, &left));
    return left;
}

void Instance::pause() noexcept {
    state_->runner.leave();
}

void Instance::go_on(Clock::duration more) noexcept {
    state_->deadline += more;
    state_->runner.enter();
}

std::span<std::byte> Instance::memory() noexcept {
    if (!state_->memory) return {};
    return {reinterpret_cast<std::byte*>(wasmtime_memory_data(state_->context, &*state_->memory)),
            wasmtime_memory_data_size(state_->context, &*state_->memory)};
}

bool Instance::grow_memory(std::uint64_t pages) {
    if (!state_->memory) return false;
    std::uint64_t previous = 0;
    const ErrorHandle refused(
        wasmtime_memory_grow(state_->context, &*state_->memory, pages, &previous));
    return refused == nullptr;
}

std::uint64_t Instance::memory_bytes() const noexcept {
    return state_->memory_bytes;
}
const Module& Instance::module() const noexcept {
    return state_->module;
}
std::optional<int> Instance::exit_code() const noexcept {
    return state_->exit_status;
}
std::any& Instance::data() noexcept {
    return state_->options.data;
}

}  // namespace sluice::wasm
