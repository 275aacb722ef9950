#include <sluice/plugin.hpp>

#include "plugin/compiled_plugin_state.hpp"
#include "plugin/extism_module.hpp"
#include "plugin/kernel.hpp"
#include "plugin/kernel_host.hpp"
#include "plugin/sampler.hpp"

#include <fmt/format.h>

#include <time.h>

#include <algorithm>
#include <array>
#include <limits>

namespace sluice {
namespace {

using wasm::Clock;

/// `timeout` from now, up to a tick of the kernel (4 ms) later: the clock that only ticks costs a
/// fifth of the exact one, which would be a sixth of a short call.
Clock::time_point deadline_after(std::chrono::milliseconds timeout) {
    const auto read = [](auto get, clockid_t clock) {
        timespec time{};
        get(clock, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    };
    static const std::chrono::nanoseconds tick = read(::clock_getres, CLOCK_MONOTONIC_COARSE);
    // The steady clock counts as CLOCK_MONOTONIC does. Far enough for everybody, near enough for
    // its arithmetic.
    return Clock::time_point(read(::clock_gettime, CLOCK_MONOTONIC_COARSE)) + tick +
           std::min<std::chrono::milliseconds>(timeout, std::chrono::years(10));
}

/// `ro:/host/folder` is the folder /host/folder, to be read only. Without WASI nobody would look.
std::vector<wasm::Folder> folders_of(const CompiledPlugin::State& compiled) {
    constexpr std::string_view read_only = "ro:";
    std::vector<wasm::Folder> folders;
    if (!compiled.options.wasi) return folders;
    for (const auto& [host, guest] : compiled.manifest.allowed_paths) {
        const bool is_read_only = host.starts_with(read_only);
        folders.push_back({.host = host.substr(is_read_only ? read_only.size() : 0),
                           .guest = guest,
                           .read_only = is_read_only});
    }
    return folders;
}

}  // namespace

struct Plugin::State {
    explicit State(CompiledPlugin chosen)
        : compiled(std::move(chosen)),
          host(compiled.state().manifest, compiled.state().options),
          counts_fuel(compiled.state().pre.module().kind().counts_fuel) {
        const PluginOptions& options = compiled.state().options;
        if (options.observer)
            host.collector.emplace(options.observer, options.observe, compiled.name(),
                                   compiled.state().names);
    }

    /// A function of the present instance, found once and called many times.
    struct Callee {
        std::string name{};
        const wasm::FunctionType* type = nullptr;
        wasm::Function function{};
    };

    using FindFunction = std::function<wasm::Function(std::string_view name)>;

    void instantiate();
    void initialise(const wasm::Module& module, const FindFunction& find,
                    Clock::time_point deadline) const;
    void initialise_all(Clock::time_point deadline) const;
    /// Makes the instance and `last` ready for a call. Errors: as Plugin::try_call.
    void prepare(std::string_view function);
    /// Calls `last`. Errors: as Plugin::try_call.
    CallResult run(ByteView input, const CallOptions& options);
    /// What the next call may use, where that is counted.
    /// Errors: \throws Error invalid_input when the call has a limit and nobody counts.
    std::optional<std::uint64_t> refuel(const CallOptions& options);
    /// The number that the guest returned; 0 when it gives none.
    std::int32_t execute(Clock::time_point deadline, const std::stop_token& cancel);
    /// What became of `last`, but for what it left in the kernel.
    CallResult ended_by(Clock::time_point deadline, const std::stop_token& cancel);
    /// Why a call failed, for people; empty when it did not.
    std::string failure_of(const CallResult& result) const;
    /// Errors: what Plugin::call throws for it.
    void check(const CallResult& result) const;
    const wasm::FunctionType& callable(std::string_view name) const;

    CompiledPlugin compiled;
    KernelHost host;
    std::unique_ptr<wasm::Instance> instance{};
    std::optional<Kernel> kernel{};
    Callee last{};  ///< what was called last: mostly what is called next
    bool counts_fuel = false;
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
        from.manifest.memory.max_pages + (from.has_kernel ? kernel_pages : 0);
    const Clock::time_point deadline = deadline_after(from.manifest.timeout);
    host.deadline = deadline;
    host.cancel = {};
    host.host_context = nullptr;
    host.blocks.reset();
    instance = std::make_unique<wasm::Instance>(from.pre,
                                                wasm::InstanceOptions{
                                                    .limits = {.memory_bytes = pages * page_bytes},
                                                    .start_time_limit = deadline - Clock::now(),
                                                    .fuel = from.options.fuel,
                                                    .output = from.options.output,
                                                    .folders = folders_of(from),
                                                    .sample = sampler(from.options.profile),
                                                    .data = &host,
                                                });
    if (from.has_kernel) kernel.emplace(*instance);
    initialise_all(deadline);
    poisoned = false;
    ended = false;
}

void Plugin::State::initialise(const wasm::Module& module, const FindFunction& find,
                               Clock::time_point deadline) const {
    for (const std::string_view name : start_functions(module)) {
        std::array<wasm::Value, 2> values{};
        instance->call(find(name), values, deadline);
    }
}

/// The parts first: the main module may call them.
void Plugin::State::initialise_all(Clock::time_point deadline) const {
    for (const ModulePart& part : compiled.state().parts)
        initialise(
            part.module,
            [&](std::string_view name) { return instance->library_function(part.name, name); },
            deadline);
    initialise(
        instance->module(), [&](std::string_view name) { return instance->function(name); },
        deadline);
}

const wasm::FunctionType& Plugin::State::callable(std::string_view name) const {
    const wasm::FunctionType* type = compiled.state().function(name);
    if (type == nullptr)
        throw Error(ErrorCode::missing_export,
                    fmt::format("plug-in {}: no function `{}` is exported", compiled.name(), name));
    if (!is_extism_function(*type))
        throw Error(ErrorCode::invalid_input,
                    fmt::format("plug-in {}: `{}` has the type {}; functions that can be called "
                                "so take nothing and give nothing or an i32",
                                compiled.name(), name, wasm::to_string(*type)));
    return *type;
}

void Plugin::State::prepare(std::string_view function) {
    if (last.type == nullptr || last.name != function) {
        const wasm::FunctionType& type = callable(function);
        last.name.assign(function);  // in the room that it has: calls allocate nothing
        last.type = &type;
        last.function = {};
    }
    if (poisoned)
        throw Error(ErrorCode::poisoned,
                    fmt::format("plug-in {}: an earlier call was cut short; reset() it first",
                                compiled.name()));
    if (ended) instantiate();
    if (last.function.code == nullptr) last.function = instance->function(function);
}

std::optional<std::uint64_t> Plugin::State::refuel(const CallOptions& options) {
    if (!counts_fuel && !options.fuel) return std::nullopt;
    constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t fuel =
        options.fuel ? *options.fuel : compiled.state().options.fuel.value_or(unlimited);
    instance->refuel(fuel);
    return fuel;
}

std::int32_t Plugin::State::execute(Clock::time_point deadline, const std::stop_token& cancel) {
    std::array<wasm::Value, 1> values{};
    poisoned = true;  // unless the guest comes back
    instance->call(last.function, values, deadline, cancel);
    poisoned = false;
    return last.type->results.empty() ? 0 : values[0].i32;
}

CallResult Plugin::State::run(ByteView input, const CallOptions& options) {
    const Clock::time_point deadline =
        deadline_after(options.timeout.value_or(compiled.state().manifest.timeout));
    host.deadline = deadline;
    host.cancel = options.cancel;
    host.host_context = options.host_context;
    host.failed = false;
    if (options.cancel.stop_requested())
        return {.end = CallResult::End::cut_short,
                .fault = Error(ErrorCode::cancelled,
                               fmt::format("plug-in {}: `{}`: cancelled before it began",
                                           compiled.name(), last.name))};
    const std::optional<std::uint64_t> fuel = refuel(options);
    if (kernel) kernel->begin(input);
    if (host.collector) host.collector->begin(last.name, options.trace);
    CallResult result = ended_by(deadline, options.cancel);
    if (fuel) result.fuel_used = *fuel - instance->fuel();
    if (last.name == "_start") ended = true;
    if (kernel) {
        if (kernel->has_error()) result.said = kernel->error();
        result.output = kernel->output();
    }
    if (host.collector) host.collector->end(failure_of(result));
    return result;
}

CallResult Plugin::State::ended_by(Clock::time_point deadline, const std::stop_token& cancel) {
    CallResult result;
    try {
        result.status = execute(deadline, cancel);
    } catch (const Error& fault) {
        // Caught because it may be no fault at all (a program that ends itself), and because what
        // the guest said before it trapped explains more than the trap.
        const std::optional<int> status = instance->exit_code();
        if (status && fault.code() == ErrorCode::guest_error) {
            poisoned = false;
            ended = true;
            result.end = CallResult::End::exited;
            result.status = *status;
        } else {
            result.end = CallResult::End::cut_short;
            result.fault = fault;
            result.host_failed = host.failed;
        }
    }
    return result;
}

std::string Plugin::State::failure_of(const CallResult& result) const {
    if (result.fault && result.said.empty()) return result.fault->what();
    if (result.fault)
        return fmt::format("{} (the guest said: {})", result.fault->what(), result.said);
    std::string failure = result.said;
    if (failure.empty() && result.status != 0)
        failure = result.end == CallResult::End::exited
                      ? fmt::format("exited with status {}", result.status)
                      : fmt::format("returned {}", result.status);
    if (failure.empty()) return failure;
    return fmt::format("plug-in {}: `{}`: {}", compiled.name(), last.name, failure);
}

void Plugin::State::check(const CallResult& result) const {
    if (!result.fault && result.said.empty() && result.status == 0) return;
    throw Error(result.fault ? result.fault->code() : ErrorCode::guest_error, failure_of(result));
}

Plugin::Plugin(const CompiledPlugin& compiled) : state_(std::make_unique<State>(compiled)) {
    state_->instantiate();
}

Plugin::Plugin(Manifest manifest, PluginOptions options)
    : Plugin(CompiledPlugin(std::move(manifest), std::move(options))) {}

Plugin::~Plugin() = default;
Plugin::Plugin(Plugin&&) noexcept = default;
Plugin& Plugin::operator=(Plugin&&) noexcept = default;

CallResult Plugin::try_call(std::string_view function, ByteView input, const CallOptions& options) {
    state_->prepare(function);
    return state_->run(input, options);
}

ByteView Plugin::call(std::string_view function, ByteView input, const CallOptions& options) {
    const CallResult result = try_call(function, input, options);
    state_->check(result);
    return result.output;
}

bool Plugin::function_exists(std::string_view function) const noexcept {
    const wasm::FunctionType* type = state_->compiled.state().function(function);
    return type != nullptr && is_extism_function(*type);
}

void Plugin::reset() {
    state_->instantiate();
}

bool Plugin::is_poisoned() const noexcept {
    return state_->poisoned;
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

void Plugin::forget_call() {
    State& state = *state_;
    if (state.kernel && !state.poisoned) state.kernel->begin({});
}

const Configuration& Plugin::config() const noexcept {
    return state_->host.config();
}
void Plugin::set_config(Configuration config) {
    state_->host.own_config = std::move(config);
}

void Plugin::set_log(LogSink log) {
    state_->host.log = std::move(log);
}
void Plugin::set_log_level(LogLevel level) noexcept {
    state_->host.lowest_level = level;
}

void Plugin::allow_http_response_headers() noexcept {
    state_->host.http.allow_headers();
}

const std::string& Plugin::name() const noexcept {
    return state_->compiled.name();
}

}  // namespace sluice
