#include "hooks/hook_call.hpp"

#include "base/json_text.hpp"
#include "hooks/cpu_meter.hpp"
#include "hooks/hook_instance.hpp"
#include "hooks/limits.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <optional>

namespace sluice::hooks {

using Progress = wasm::FiberCall::Progress;

struct HookCall::State {
    enum class Step { allocate, run, take, free_input, reset, done };

    State(HookInstance& guest, Phase which, std::span<const std::string_view> input,
          std::span<const std::size_t> ends, HostCallCounts* request_counts)
        : instance(guest),
          phase(which),
          counts(request_counts),
          argument_count(std::max<std::size_t>(1, ends.size())),
          deadline(wasm::Clock::now() + guest.plugin().options.call_timeout) {
        assert(input.size() <= max_pieces && ends.size() <= max_arguments);
        std::size_t at = 0;
        for (std::size_t i = 0; i < argument_count; ++i) {
            Argument& argument = inputs[i];
            argument.first = at;
            for (argument.last = ends.empty() ? input.size() : ends[i]; at < argument.last; ++at) {
                pieces[at] = input[at];
                argument.bytes += input[at].size();
            }
            input_bytes += argument.bytes;
        }
    }

    /// A text in guest memory that the hook is given by pointer and length.
    struct Argument {
        std::size_t first = 0;  ///< of the pieces
        std::size_t last = 0;   ///< behind its last piece
        std::size_t bytes = 0;
        std::uint32_t block = 0;

        bool holds(std::uint32_t address) const {
            return address >= block && address - block < bytes;
        }
    };

    /// Tells the plug-in's usage what this call took.
    void record() const;
    /// Runs what comes next until the guest has to wait or everything is done.
    Progress advance();
    void step();

    void allocate();
    void run();
    void place(Argument& argument);
    void take();
    /// Notes how large the answer is. Errors: \throws Error guest_error above the limit.
    void take_size(std::size_t bytes);
    void free_block(std::uint32_t block, std::size_t size);
    void run_extism();
    void take_extism();
    /// What an Extism guest has said about its failure before it was stopped.
    std::string last_words() const;

    /// Calls `function`; its result is in `result` when the next step runs.
    void call_direct(const wasm::Function& function, std::initializer_list<wasm::Value> arguments);
    void call_on_fiber(const wasm::Function& function,
                       std::initializer_list<wasm::Value> arguments);
    bool answered() const { return step_next > Step::take; }
    [[noreturn]] void fail(ErrorCode code, const std::string& why) const;

    HookInstance& instance;
    Phase phase;
    HostCallCounts* counts;  ///< null: this call stands for itself
    std::array<std::string_view, max_pieces> pieces{};
    std::array<Argument, max_arguments> inputs{};
    std::size_t argument_count;
    std::size_t present = 0;  ///< the argument that is being allocated or freed
    std::size_t input_bytes = 0;
    wasm::Clock::time_point deadline;
    Step step_next = Step::allocate;
    std::optional<wasm::FiberCall> fiber{};
    wasm::Value result{};
    PackedAnswer packed{};
    std::size_t answer_bytes = 0;
    bool may_retry = false;
    CpuMeter cpu{};
    Limit broken = Limit::none;
};

namespace {

wasm::Value to_value(std::size_t number) {
    return {.i32 = static_cast<std::int32_t>(static_cast<std::uint32_t>(number))};
}

}  // namespace

void HookCall::State::fail(ErrorCode code, const std::string& why) const {
    throw Error(code, fmt::format("plug-in {}: {}: {}", instance.plugin().options.name,
                                  instance.plugin().exports.hook(phase).name, why));
}

void HookCall::State::call_direct(const wasm::Function& function,
                                  std::initializer_list<wasm::Value> arguments) {
    const auto limit = wasm::Clock::now() + HookInstance::direct_limit;
    try {
        result = instance.call(function, arguments, std::min(limit, deadline));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::timeout) throw;
        instance.plugin().slow_allocator.store(true, std::memory_order_relaxed);
        may_retry = limit < deadline && !answered();
        throw;
    }
}

void HookCall::State::call_on_fiber(const wasm::Function& function,
                                    std::initializer_list<wasm::Value> arguments) {
    fiber.emplace(instance.guest(), function,
                  std::span<const wasm::Value>(arguments.begin(), arguments.size()), deadline);
}

void HookCall::State::allocate() {
    if (instance.kernel()) return run_extism();
    if (input_bytes > UINT32_MAX) fail(ErrorCode::memory_limit, "the input passes 4 GiB");
    if (present == 0) instance.output().begin_call();
    if (present == 0 && instance.arena()) instance.rewind_arena();
    step_next = Step::run;
    const std::size_t bytes = inputs[present].bytes;
    if (instance.calls_direct(bytes))
        call_direct(instance.malloc_function(), {to_value(bytes)});
    else
        call_on_fiber(instance.malloc_function(), {to_value(bytes)});
}

/// Copies an argument into the block that malloc answered with.
void HookCall::State::place(Argument& argument) {
    argument.block = static_cast<std::uint32_t>(result.i32);
    if (argument.block == 0 && instance.plugin().allocator == Allocator::sound) {
        may_retry = instance.has_served();
        fail(ErrorCode::memory_limit,
             fmt::format("{}({}) found no memory", instance.plugin().exports.malloc,
                         argument.bytes));
    }
    const auto target = instance.bytes_at(argument.block, argument.bytes);
    if (target.size() != argument.bytes)
        fail(ErrorCode::guest_error,
             fmt::format("{}({}) answered {}, which is outside its memory of {} bytes",
                         instance.plugin().exports.malloc, argument.bytes, argument.block,
                         instance.guest().memory().size()));
    std::size_t at = 0;
    for (std::size_t i = argument.first; i < argument.last; ++i) {
        std::memcpy(target.data() + at, pieces[i].data(), pieces[i].size());
        at += pieces[i].size();
    }
}

void HookCall::State::run() {
    place(inputs[present]);
    if (++present < argument_count) {
        step_next = Step::allocate;
        return;
    }
    std::array<wasm::Value, 2 * max_arguments> values{};
    for (std::size_t i = 0; i < argument_count; ++i) {
        values[2 * i] = to_value(inputs[i].block);
        values[2 * i + 1] = to_value(inputs[i].bytes);
    }
    step_next = Step::take;
    instance.host().enter(GuestHost::Scope::hook, counts);
    fiber.emplace(instance.guest(), instance.hook(phase),
                  std::span<const wasm::Value>(values).first(2 * argument_count), deadline);
}

void HookCall::State::take() {
    if (instance.kernel()) return take_extism();
    instance.host().enter(GuestHost::Scope::outside);
    packed = PackedAnswer::from(result);
    const auto bytes = instance.bytes_at(packed.pointer, packed.size);
    if (bytes.size() != packed.size)
        fail(ErrorCode::guest_error,
             fmt::format("answered {} bytes at {}, which is outside its memory of {} bytes",
                         packed.size, packed.pointer, instance.guest().memory().size()));
    take_size(packed.size);
    instance.answer().assign(as_text(bytes));
    instance.count_call(input_bytes, answer_bytes);
    step_next = Step::free_input;
    // A guest may answer with a part of its input: that block is freed once, as what it was.
    const bool own_block =
        packed.size != 0 &&
        std::ranges::none_of(std::span(inputs).first(argument_count),
                             [this](const Argument& a) { return a.holds(packed.pointer); });
    if (own_block) free_block(packed.pointer, packed.size);
}

void HookCall::State::take_size(std::size_t bytes) {
    answer_bytes = bytes;
    const auto most = instance.plugin().options.output_bytes;
    if (bytes <= most) return;
    broken = Limit::output;
    fail(ErrorCode::guest_error,
         fmt::format("answered {} bytes, more than the {} allowed", bytes, most));
}

void HookCall::State::run_extism() {
    if (input_bytes > UINT32_MAX) fail(ErrorCode::memory_limit, "the input passes 4 GiB");
    instance.output().begin_call();
    may_retry = instance.has_served();  // where the guest's own heap leaves no room for the input
    instance.kernel()->begin_in_pieces(std::span(pieces).first(inputs[0].last));
    may_retry = false;
    step_next = Step::take;
    instance.host().enter(GuestHost::Scope::hook, counts);
    fiber.emplace(instance.guest(), instance.hook(phase), std::span<const wasm::Value>(), deadline);
}

void HookCall::State::take_extism() {
    if (const std::string& why = instance.host().failure(); !why.empty())
        fail(ErrorCode::guest_error, why);
    instance.host().enter(GuestHost::Scope::outside);
    std::string& answer = instance.answer();
    if (result.i32 != 0 || instance.kernel()->has_error()) {
        const std::string said = instance.kernel()->error();
        answer = phase == Phase::post ? R"({"hook_error":)" : R"({"error":)";
        append_json_text(answer, said.empty() ? fmt::format("returned {}", result.i32) : said);
        answer += '}';
        answer_bytes = answer.size();
    } else {
        const ByteView output = instance.kernel()->output();
        take_size(output.size());
        answer.assign(as_text(output));
    }
    instance.count_call(input_bytes, answer_bytes);
    step_next = Step::done;
}

std::string HookCall::State::last_words() const {
    if (answered() || !instance.kernel()) return {};
    return instance.kernel()->error();
}

void HookCall::State::free_block(std::uint32_t block, std::size_t size) {
    const auto& function = instance.free_function();
    if (!function) return;
    const bool takes_size = instance.plugin().exports.free_takes_size;
    const std::array<wasm::Value, 2> both{to_value(block), to_value(size)};
    if (instance.calls_direct(size))
        call_direct(*function, {both[0], both[1]});
    else
        fiber.emplace(instance.guest(), *function, std::span(both).first(takes_size ? 2 : 1),
                      deadline);
}

void HookCall::State::step() {
    switch (step_next) {
        case Step::allocate:
            return allocate();
        case Step::run:
            return run();
        case Step::take:
            return take();
        case Step::free_input:
            if (--present == 0) step_next = Step::reset;
            return free_block(inputs[present].block, inputs[present].bytes);
        case Step::reset:
            step_next = Step::done;
            if (const auto& reset = instance.reset_function()) call_direct(*reset, {});
            return;
        case Step::done:
            return;
    }
}

void HookCall::State::record() const {
    const auto count = [](auto time) {
        return static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(time).count());
    };
    PluginUsage& usage = instance.plugin().usage;
    const auto begin = deadline - instance.plugin().options.call_timeout;
    usage.call_us.raise(count(wasm::Clock::now() - begin));
    usage.cpu_us.raise(count(cpu.spent()));
    usage.memory_bytes.raise(instance.guest().memory_bytes());
    usage.output_bytes.raise(answer_bytes);
}

Progress HookCall::State::advance() {
    while (step_next != Step::done || fiber) {
        if (!fiber) {
            step();
            continue;
        }
        cpu.begin_slice();
        const Progress progress = fiber->resume();
        cpu.end_slice();
        if (cpu.spent() > instance.plugin().options.cpu_timeout) {
            broken = Limit::cpu;
            fail(ErrorCode::timeout, "used up its processor time");
        }
        if (progress != Progress::done) return progress;
        if (!fiber->results().empty()) result = fiber->results()[0];
        fiber.reset();
    }
    return Progress::done;
}

HookCall::HookCall(HookInstance& instance, Phase phase, std::span<const std::string_view> input,
                   std::span<const std::size_t> ends, HostCallCounts* counts)
    : state_(std::make_unique<State>(instance, phase, input, ends, counts)) {}

HookCall::~HookCall() {
    state_->record();
    if (state_->step_next == State::Step::done && !state_->fiber) return;
    state_->fiber.reset();
    state_->instance.fault();
}

Progress HookCall::resume() {
    State& state = *state_;
    try {
        return state.advance();
    } catch (const Error& error) {
        state.fiber.reset();
        if (state.broken == Limit::none && !state.may_retry)
            state.broken =
                state.instance.output().flooded() ? Limit::log_lines : limit_behind(error);
        state.instance.fault();
        const std::string said = state.last_words();
        if (!said.empty())
            throw Error(error.code(), fmt::format("{} (the guest said: {})", error.what(), said));
        if (!state.answered()) throw;
        // The answer is there and sound; only giving its block back failed.
        spdlog::debug("{}", error.what());
        state.step_next = State::Step::done;
        return Progress::done;
    }
}

wasm::Clock::time_point HookCall::wake_at() const noexcept {
    return state_->fiber ? state_->fiber->wake_at() : state_->deadline;
}

const HostTask* HookCall::host_task() const noexcept {
    return state_->instance.host().task();
}

void HookCall::give(VariableReply reply) {
    GuestHost& host = state_->instance.host();
    host.give(host.reply_to(std::get<VariableCommand>(*host.task()), std::move(reply)));
}

void HookCall::give(HttpReply reply) {
    GuestHost& host = state_->instance.host();
    host.give(host.reply_to(std::move(reply)));
}

void HookCall::give(HostReply reply) {
    state_->instance.host().give(std::move(reply));
}

Limit HookCall::broken() const noexcept {
    return state_->broken;
}

bool HookCall::may_retry() const noexcept {
    return state_->may_retry;
}

std::string_view HookCall::answer() const noexcept {
    return state_->instance.answer();
}

std::string HookCall::take_answer() {
    return std::move(state_->instance.answer());
}

}  // namespace sluice::hooks
