#include <sluice/plugin.hpp>

#include "plugin/compiled_plugin_state.hpp"
#include "plugin/kernel.hpp"
#include "plugin/kernel_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>

namespace sluice {
namespace {

using wasm::Clock;
using wasm::FiberCall;

constexpr std::uint64_t page_bytes = 64 << 10;
constexpr std::uint64_t kernel_pages = 2;  // that the kernel is born with

/// Far enough for everybody, near enough for the clock's arithmetic.
Clock::time_point deadline_after(std::chrono::milliseconds timeout) {
    return Clock::now() + std::min<std::chrono::milliseconds>(timeout, std::chrono::years(10));
}

/// A function as Extism calls it: no arguments, and an i32 or nothing comes back.
bool is_callable(const wasm::FunctionType& type) {
    return type.parameters.empty() &&
           (type.results.empty() ||
            (type.results.size() == 1 && type.results[0] == wasm::ValueType::i32));
}

/// Runs on a fiber, so that each tick of the epoch clock gives a chance to look at `cancel`.
void run_cancellable(wasm::Instance& instance, const wasm::Function& function,
                     std::span<wasm::Value> values, Clock::time_point deadline,
                     const std::stop_token& cancel) {
    FiberCall call(instance, function, {}, deadline);
    std::mutex mutex;
    std::condition_variable_any stopped;
    for (;;) {
        if (cancel.stop_requested())
            throw Error(ErrorCode::cancelled,
                        fmt::format("plug-in {}: cancelled", instance.module().name()));
        const FiberCall::Progress progress = call.resume();
        if (progress == FiberCall::Progress::done) break;
        if (progress == FiberCall::Progress::yielded) continue;
        std::unique_lock lock(mutex);
        stopped.wait_until(lock, cancel, call.wake_at(), [] { return false; });
    }
    std::ranges::copy(call.results(), values.begin());
}

}  // namespace

struct Plugin::State {
    explicit State(CompiledPlugin chosen)
        : compiled(std::move(chosen)), host(compiled.state().manifest, compiled.state().options) {}

    /// A function of the present instance, found once and called many times.
    struct Callee {
        std::string name{};
        const wasm::FunctionType* type = nullptr;
        wasm::Function function{};
    };

    void instantiate();
    void initialise(Clock::time_point deadline);
    /// Errors: as Plugin::call.
    void run(const Callee& callee, ByteView input, const CallOptions& options);
    /// The number that the guest returned; 0 when it gives none.
    std::int32_t execute(const Callee& callee, ByteView input, const CallOptions& options);
    const wasm::FunctionType& callable(std::string_view name) const;

    CompiledPlugin compiled;
    KernelHost host;
    std::unique_ptr<wasm::Instance> instance{};
    std::optional<Kernel> kernel{};
    Callee last{};          ///< what was called last: mostly what is called next
    bool poisoned = false;  ///< a call was cut short
    bool ended = false;     ///< the guest's program ran to its end: the next call starts it anew
};

void Plugin::State::instantiate() {
    const CompiledPlugin::State& from = compiled.state();
    poisoned = true;  // until it stands
    kernel.reset();
    instance.reset();
    last.function = {};
    const std::uint64_t pages =
        from.manifest.memory.max_pages + (from.imports_kernel ? kernel_pages : 0);
    const Clock::time_point deadline = deadline_after(from.manifest.timeout);
    instance = std::make_unique<wasm::Instance>(from.pre,
                                                wasm::InstanceOptions{
                                                    .limits = {.memory_bytes = pages * page_bytes},
                                                    .start_time_limit = deadline - Clock::now(),
                                                    .output = from.options.output,
                                                    .data = &host,
                                                });
    if (from.imports_kernel) kernel.emplace(*instance);
    initialise(deadline);
    poisoned = false;
    ended = false;
}

/// Runs what the guest's language needs before anything else, once.
/// Source: Extism runtime, `guest_runtime`; Haskell's runtime wants two steps.
void Plugin::State::initialise(Clock::time_point deadline) {
    const wasm::Module& module = instance->module();
    std::array<wasm::Value, 2> values{};
    const auto run_if_exported = [&](std::string_view name, const wasm::FunctionType& type) {
        const wasm::FunctionType* exported = module.exported_function(name);
        if (exported == nullptr || *exported != type) return false;
        instance->call(instance->function(name), values, deadline);
        return true;
    };
    constexpr auto i32 = wasm::ValueType::i32;
    const wasm::FunctionType haskell{.parameters = {i32, i32}, .results = {}};
    const wasm::FunctionType* hs_init = module.exported_function("hs_init");
    if (hs_init != nullptr && *hs_init == haskell) {
        run_if_exported("_initialize", {});
        run_if_exported("hs_init", haskell);
    } else if (!run_if_exported("__wasm_call_ctors", {})) {
        run_if_exported("_initialize", {});
    }
}

const wasm::FunctionType& Plugin::State::callable(std::string_view name) const {
    const wasm::Module& module = compiled.state().pre.module();
    const wasm::FunctionType* type = module.exported_function(name);
    if (type == nullptr)
        throw Error(ErrorCode::missing_export,
                    fmt::format("plug-in {}: no function `{}` is exported", module.name(), name));
    if (!is_callable(*type))
        throw Error(ErrorCode::invalid_input,
                    fmt::format("plug-in {}: `{}` has the type {}; functions that can be called "
                                "so take nothing and give nothing or an i32",
                                module.name(), name, wasm::to_string(*type)));
    return *type;
}

std::int32_t Plugin::State::execute(const Callee& callee, ByteView input,
                                    const CallOptions& options) {
    const Clock::time_point deadline =
        deadline_after(options.timeout.value_or(compiled.state().manifest.timeout));
    if (kernel) kernel->begin(input, deadline);
    std::array<wasm::Value, 1> values{};
    poisoned = true;  // unless the guest comes back
    if (options.cancel.stop_possible())
        run_cancellable(*instance, callee.function, values, deadline, options.cancel);
    else
        instance->call(callee.function, values, deadline);
    poisoned = false;
    return callee.type->results.empty() ? 0 : values[0].i32;
}

void Plugin::State::run(const Callee& callee, ByteView input, const CallOptions& options) {
    std::string failure;
    try {
        const std::int32_t result = execute(callee, input, options);
        if (result != 0) failure = fmt::format("returned {}", result);
    } catch (const Error& fault) {
        // Caught because it may be no fault at all (a program that ends itself), and because what
        // the guest said before it trapped explains more than the trap.
        const std::optional<int> status = instance->exit_code();
        if (status && fault.code() == ErrorCode::guest_error) {
            poisoned = false;
            ended = true;
            if (*status != 0) failure = fmt::format("exited with status {}", *status);
        } else {
            const auto said = kernel ? kernel->error() : std::nullopt;
            if (!said) throw;
            throw Error(fault.code(), fmt::format("{} (the guest said: {})", fault.what(), *said));
        }
    }
    if (callee.name == "_start") ended = true;
    if (const auto said = kernel ? kernel->error() : std::nullopt) failure = *said;
    if (!failure.empty())
        throw Error(ErrorCode::guest_error,
                    fmt::format("plug-in {}: `{}`: {}", compiled.name(), callee.name, failure));
}

Plugin::Plugin(const CompiledPlugin& compiled) : state_(std::make_unique<State>(compiled)) {
    state_->instantiate();
}

Plugin::Plugin(Manifest manifest, PluginOptions options)
    : Plugin(CompiledPlugin(std::move(manifest), std::move(options))) {}

Plugin::~Plugin() = default;
Plugin::Plugin(Plugin&&) noexcept = default;
Plugin& Plugin::operator=(Plugin&&) noexcept = default;

ByteView Plugin::call(std::string_view function, ByteView input, const CallOptions& options) {
    State& state = *state_;
    if (state.last.type == nullptr || state.last.name != function)
        state.last = {.name = std::string(function), .type = &state.callable(function)};
    if (state.poisoned)
        throw Error(
            ErrorCode::poisoned,
            fmt::format("plug-in {}: an earlier call was cut short; reset() it first", name()));
    if (state.ended) state.instantiate();
    if (state.last.function.code == nullptr)
        state.last.function = state.instance->function(function);
    state.run(state.last, input, options);
    return state.kernel ? state.kernel->output() : ByteView{};
}

bool Plugin::function_exists(std::string_view function) const noexcept {
    const wasm::FunctionType* type =
        state_->compiled.state().pre.module().exported_function(function);
    return type != nullptr && is_callable(*type);
}

void Plugin::reset() {
    state_->instantiate();
}

std::optional<ByteView> Plugin::variable(std::string_view key) const noexcept {
    return state_->host.variables.find(key);
}
void Plugin::set_variable(std::string_view key, ByteView value) {
    state_->host.variables.set(key, value);
}
void Plugin::remove_variable(std::string_view key) {
    state_->host.variables.remove(key);
}

const std::string& Plugin::name() const noexcept {
    return state_->compiled.name();
}

}  // namespace sluice
