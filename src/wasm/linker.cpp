#include "wasm/linker.hpp"

#include "wasm/engine.hpp"
#include "wasm/failure.hpp"
#include "wasm/instance_state.hpp"
#include "wasm/type_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace sluice::wasm {
namespace {

template <class F>
struct HostEntry {
    std::string name;
    F function;
    FunctionType type{};
};

template <class F>
void free_entry(void* entry) {
    std::unique_ptr<HostEntry<F>>(static_cast<HostEntry<F>*>(entry)).reset();
}

/// Tells ASan where host code's stack is while it runs: on a fiber it would look for the frames
/// that an exception leaves on the thread's own, and take them for ones that are still there.
class HostStack {
#ifdef __SANITIZE_ADDRESS__
  public:
    HostStack() {
        constexpr std::size_t reach = 512 << 10;
        const auto* here = static_cast<const char*>(__builtin_frame_address(0));
        enter(here - reach, reach);
    }
    ~HostStack() { enter(bottom_, size_); }
    HostStack(const HostStack&) = delete;
    HostStack& operator=(const HostStack&) = delete;

  private:
    void enter(const void* bottom, std::size_t size) {
        void* frames = nullptr;
        __sanitizer_start_switch_fiber(&frames, bottom, size);
        __sanitizer_finish_switch_fiber(frames, &bottom_, &size_);
    }

    const void* bottom_ = nullptr;
    std::size_t size_ = 0;
#endif
};

/// Runs host code. What it throws becomes the guest's trap: nothing may unwind through the guest.
template <class Run>
wasm_trap_t* guarded(GuestCaller& caller, std::string_view name, Run&& run) noexcept {
    std::string text;
    [[maybe_unused]] const HostStack stack;
    try {
        run();
        return nullptr;
    } catch (const GuestExit& exit) {
        caller.state().exit_status = exit.status;
        text = fmt::format("exited with status {}", exit.status);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::timeout || error.code() == ErrorCode::cancelled)
            caller.state().host_stop = error.code();
        text = fmt::format("host function {}: {}", name, error.what());
    } catch (const std::exception& error) {
        text = fmt::format("host function {}: {}", name, error.what());
    } catch (...) {
        text = fmt::format("host function {} failed", name);
    }
    return wasmtime_trap_new(text.data(), text.size());
}

wasm_trap_t* call_host(void* env, wasmtime_caller_t* raw, wasmtime_val_raw_t* values,
                       std::size_t count) {
    auto& entry = *static_cast<HostEntry<HostFunction>*>(env);
    GuestCaller caller(raw);
    return guarded(caller, entry.name, [&] {
        entry.function(caller, std::span(reinterpret_cast<Value*>(values), count));
    });
}

void to_value(const wasmtime_val_t& from, Value& to) {
    std::memcpy(&to, &from.of, sizeof(Value));
}

bool wait_is_over(void* env) {
    auto& waits_until = static_cast<Instance::State*>(env)->waits_until;
    if (waits_until && Clock::now() < *waits_until) return false;
    waits_until.reset();
    return true;
}

/// Room for the arguments, which stand in it, and for the results.
std::vector<Value> values_of(const wasmtime_val_t* arguments, std::size_t argument_count,
                             std::size_t result_count) {
    std::vector<Value> values(std::max(argument_count, result_count));
    for (std::size_t i = 0; i < argument_count; ++i) to_value(arguments[i], values[i]);
    return values;
}

void write_results(std::span<const Value> values, const std::vector<ValueType>& types,
                   wasmtime_val_t* results) {
    for (std::size_t i = 0; i < types.size(); ++i) {
        results[i].kind = static_cast<wasmtime_valkind_t>(types[i]);
        std::memcpy(&results[i].of, &values[i], sizeof(Value));
    }
}

void call_waiting(void* env, wasmtime_caller_t* raw, const wasmtime_val_t* arguments,
                  std::size_t argument_count, wasmtime_val_t* results, std::size_t result_count,
                  wasm_trap_t** trap, wasmtime_async_continuation_t* continuation) {
    auto& entry = *static_cast<HostEntry<WaitingFunction>*>(env);
    GuestCaller caller(raw);
    *continuation = {wait_is_over, &caller.state(), nullptr};
    *trap = guarded(caller, entry.name, [&] {
        std::vector<Value> values = values_of(arguments, argument_count, result_count);
        caller.state().waits_until = entry.function(caller, values);
        write_results(values, entry.type.results, results);
    });
}

/// A guest's wait for what its host will have.
struct Suspension {
    Instance::State& instance;
    Continuation is_over;
    wasmtime_val_t* results;  ///< the engine's, until the call goes on
    const std::vector<ValueType>& types;
};

void free_suspension(void* suspension) {
    std::unique_ptr<Suspension>(static_cast<Suspension*>(suspension)).reset();
}

bool suspension_is_over(void* env) {
    auto& suspension = *static_cast<Suspension*>(env);
    std::vector<Value> values(suspension.types.size());
    if (!suspension.is_over(values)) return false;
    write_results(values, suspension.types, suspension.results);
    suspension.instance.waits_until.reset();
    return true;
}

void call_suspending(void* env, wasmtime_caller_t* raw, const wasmtime_val_t* arguments,
                     std::size_t argument_count, wasmtime_val_t* results, std::size_t result_count,
                     wasm_trap_t** trap, wasmtime_async_continuation_t* continuation) {
    auto& entry = *static_cast<HostEntry<SuspendingFunction>*>(env);
    GuestCaller caller(raw);
    *continuation = {wait_is_over, &caller.state(), nullptr};
    *trap = guarded(caller, entry.name, [&] {
        std::vector<Value> values = values_of(arguments, argument_count, result_count);
        Continuation is_over = entry.function(caller, values);
        if (!is_over) {
            write_results(values, entry.type.results, results);
            return;
        }
        auto suspension = std::make_unique<Suspension>(
            Suspension{caller.state(), std::move(is_over), results, entry.type.results});
        caller.state().waits_until = Clock::time_point::max();
        *continuation = {suspension_is_over, suspension.release(), free_suspension};
    });
}

}  // namespace

GuestCaller::GuestCaller(wasmtime_caller_t* caller) noexcept
    : caller_(caller),
      context_(wasmtime_caller_context(caller)),
      state_(static_cast<Instance::State*>(wasmtime_context_get_data(context_))),
      outer_(std::exchange(state_->caller, caller)) {}

std::span<std::byte> GuestCaller::memory() {
    wasmtime_extern_t item{};
    const wasmtime_memory_t* memory = state_->memory ? &*state_->memory : nullptr;
    if (memory == nullptr) {  // in a start function, before the instance is known
        if (!state_->module.has_memory() ||
            !wasmtime_caller_export_get(caller_, "memory", 6, &item))
            return {};
        memory = &item.of.memory;
    }
    return {reinterpret_cast<std::byte*>(wasmtime_memory_data(context_, memory)),
            wasmtime_memory_data_size(context_, memory)};
}

std::span<std::byte> GuestCaller::calling_memory(std::string_view name) {
    wasmtime_extern_t item{};
    if (!wasmtime_caller_export_get(caller_, name.data(), name.size(), &item) ||
        item.kind != WASMTIME_EXTERN_MEMORY)
        return {};
    return {reinterpret_cast<std::byte*>(wasmtime_memory_data(context_, &item.of.memory)),
            wasmtime_memory_data_size(context_, &item.of.memory)};
}

Linker::State::State(const Engine& engine) : linker(wasmtime_linker_new(engine.raw())) {}

Linker::State::State(const State& base)
    : linker(wasmtime_linker_clone(base.linker.get())),
      libraries(base.libraries),
      offered(base.offered),
      waiting(base.waiting) {
    wasmtime_linker_allow_shadowing(linker.get(), true);
}

template <class F>
void Linker::State::define_async(std::string_view module, std::string_view name,
                                 const FunctionType& type, F function,
                                 wasmtime_func_async_callback_t callback) {
    using Entry = HostEntry<F>;
    const FunctionTypeHandle c_type = to_c(type);
    auto entry = std::make_unique<Entry>(
        Entry{fmt::format("{}.{}", module, name), std::move(function), type});
    const std::string context = entry->name;
    check(wasmtime_linker_define_async_func(linker.get(), module.data(), module.size(), name.data(),
                                            name.size(), c_type.get(), callback, entry.release(),
                                            free_entry<F>),
          ErrorCode::invalid_input, context);
    waiting.emplace(module, name);
    offered.insert_or_assign({std::string(module), std::string(name)}, type);
}

void Linker::State::define_waiting(std::string_view module, std::string_view name,
                                   const FunctionType& type, WaitingFunction function) {
    define_async(module, name, type, std::move(function), call_waiting);
}

Linker::Linker(const Engine& engine) : state_(std::make_unique<State>(engine)) {}
Linker::Linker(const Linker& base) : state_(std::make_unique<State>(*base.state_)) {}
Linker::~Linker() = default;
Linker::Linker(Linker&&) noexcept = default;
Linker& Linker::operator=(Linker&&) noexcept = default;

void Linker::define(std::string_view module, std::string_view name, FunctionType type,
                    HostFunction function) {
    using Entry = HostEntry<HostFunction>;
    const FunctionTypeHandle c_type = to_c(type);
    auto entry =
        std::make_unique<Entry>(Entry{fmt::format("{}.{}", module, name), std::move(function)});
    const std::string context = entry->name;
    check(wasmtime_linker_define_func_unchecked(state_->linker.get(), module.data(), module.size(),
                                                name.data(), name.size(), c_type.get(), call_host,
                                                entry.release(), free_entry<HostFunction>),
          ErrorCode::invalid_input, context);
    const std::pair place{std::string(module), std::string(name)};
    state_->waiting.erase(place);
    state_->offered.insert_or_assign(place, std::move(type));
}

void Linker::define_suspending(std::string_view module, std::string_view name, FunctionType type,
                               SuspendingFunction function) {
    state_->define_async(module, name, type, std::move(function), call_suspending);
}

void Linker::add_library(std::string name, Module library, LibraryRole role) {
    state_->libraries.push_back({std::move(name), std::move(library), role});
}

void Linker::define_unknown_imports_as_traps(const Module& module) {
    check(wasmtime_linker_define_unknown_imports_as_traps(state_->linker.get(), module.raw()),
          ErrorCode::invalid_input,
          fmt::format("failed to instantiate WASM module: plug-in {}", module.name()));
    for (const Extern& import : module.imports()) {
        const bool of_library = std::ranges::any_of(
            state_->libraries, [&](const auto& library) { return library.name == import.module; });
        if (import.function && !of_library)
            state_->offered.try_emplace({import.module, import.name}, *import.function);
    }
}

}  // namespace sluice::wasm
