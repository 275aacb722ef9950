#include "hooks/hook_instance.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstring>

namespace sluice::hooks {
namespace {

wasm::Value to_value(std::uint32_t number) {
    return {.i32 = static_cast<std::int32_t>(number)};
}

}  // namespace

HookInstance::HookInstance(const HookPlugin::State& plugin, std::size_t input_bytes)
    : plugin_(plugin),
      output_(plugin.options.name, plugin.log_budget, plugin.usage, plugin.options.log_lines.get()),
      host_(plugin.options, plugin.config, plugin.usage, output_,
            plugin.exports.is_extism() ? GuestHost::Abi::extism : GuestHost::Abi::sluice),
      guest_(plugin.pre, options(input_bytes)),
      free_(optional_function(plugin.exports.free)),
      reset_(optional_function(plugin.exports.reset)) {
    for (const Phase phase : all_phases)
        if (plugin.exports.phases.has(phase))
            hooks_[static_cast<std::size_t>(phase)] =
                guest_.function(plugin.exports.hook(phase).name);
    if (plugin.exports.is_extism())
        kernel_.emplace(guest_);
    else
        malloc_ = guest_.function(plugin.exports.malloc);
    start();
    if (plugin.allocator == Allocator::counter) arena_.emplace(guest_, input_bytes);
}

void HookInstance::start() {
    const auto deadline = wasm::Clock::now() + plugin_.options.init_timeout;
    for (const std::string_view name : plugin_.exports.start) {
        std::array<wasm::Value, 2> values{};
        try {
            guest_.call(guest_.function(name), values, deadline);
        } catch (const Error&) {
            if (guest_.exit_code() != 0) throw;  // a command that ends well may say proc_exit(0)
        }
    }
}

wasm::InstanceOptions HookInstance::options(std::size_t input_bytes) {
    wasm::InstanceOptions chosen;
    chosen.limits.memory_bytes = plugin_.options.memory_bytes;
    if (plugin_.allocator == Allocator::counter)
        chosen.limits.memory_bytes += CounterArena::extra_bytes(input_bytes);
    chosen.start_time_limit = plugin_.options.init_timeout;
    chosen.output = [this](int fd, std::string_view text) { output_.write(fd, text); };
    chosen.folders = plugin_.options.folders;
    chosen.data = &host_;
    return chosen;
}

std::optional<wasm::Function> HookInstance::optional_function(std::string_view name) const {
    if (name.empty()) return std::nullopt;
    return guest_.function(name);
}

wasm::Value HookInstance::call(const wasm::Function& function,
                               std::initializer_list<wasm::Value> arguments,
                               wasm::Clock::time_point deadline) {
    std::array<wasm::Value, 2> values{};
    std::ranges::copy(arguments, values.begin());
    try {
        guest_.call(function, values, deadline);
    } catch (...) {
        fault();
        throw;
    }
    return values[0];
}

Allocator HookInstance::probe() {
    const auto deadline = wasm::Clock::now() + plugin_.options.init_timeout;
    const auto malloc = [&](std::uint32_t size) {
        return static_cast<std::uint32_t>(call(malloc_, {to_value(size)}, deadline).i32);
    };
    const std::uint32_t first = malloc(8);
    const std::uint32_t second = malloc(8);
    if (CounterArena::is_counter(first, second, malloc)) return Allocator::counter;
    release(second, 8, deadline);
    release(first, 8, deadline);
    return first == 0 ? Allocator::from_zero : Allocator::sound;
}

void HookInstance::rewind_arena() {
    const auto deadline = wasm::Clock::now() + direct_limit;
    arena_->rewind([&](std::uint32_t size) {
        return static_cast<std::uint32_t>(call(malloc_, {to_value(size)}, deadline).i32);
    });
}

std::span<std::byte> HookInstance::bytes_at(std::uint32_t pointer, std::size_t size) noexcept {
    const auto memory = guest_.memory();
    if (std::uint64_t{pointer} + size > memory.size()) return {};
    return memory.subspan(pointer, size);
}

std::uint32_t HookInstance::allocate(std::string_view bytes, wasm::Clock::time_point deadline) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const auto pointer = static_cast<std::uint32_t>(call(malloc_, {to_value(size)}, deadline).i32);
    const auto target = bytes_at(pointer, bytes.size());
    if (target.empty())
        throw Error(ErrorCode::guest_error,
                    fmt::format("plug-in {}: {}({}) answered {}, which is outside its memory of {} "
                                "bytes",
                                plugin_.options.name, plugin_.exports.malloc, size, pointer,
                                guest_.memory().size()));
    std::memcpy(target.data(), bytes.data(), bytes.size());
    return pointer;
}

void HookInstance::release(std::uint32_t pointer, std::size_t size,
                           wasm::Clock::time_point deadline) {
    if (!free_) return;
    // With one parameter the second value is not read.
    call(*free_, {to_value(pointer), to_value(static_cast<std::uint32_t>(size))}, deadline);
}

ByteView HookInstance::call_extism(std::string_view function, std::string_view input,
                                   GuestHost::Scope scope) {
    kernel_->begin(as_bytes(input));
    const auto exported = guest_.function(function);
    host_.enter(scope);
    const auto deadline = wasm::Clock::now() + plugin_.options.init_timeout;
    const wasm::Value status = call(exported, {}, deadline);
    host_.enter(GuestHost::Scope::outside);
    const std::string said = kernel_->error();
    const bool failed = !exported.type->results.empty() && status.i32 != 0;
    if (!failed && said.empty()) return kernel_->output();
    throw Error(ErrorCode::guest_error,
                fmt::format("plug-in {}: {} answered {}{}{}", plugin_.options.name, function,
                            status.i32, said.empty() ? "" : ": ", said));
}

std::string HookInstance::name() {
    constexpr std::size_t max_bytes = 256;
    if (plugin_.exports.get_name.empty()) return {};
    if (kernel_)
        return std::string(
            as_text(call_extism(plugin_.exports.get_name, {}, GuestHost::Scope::outside))
                .substr(0, max_bytes));
    if (arena_) rewind_arena();
    const auto deadline = wasm::Clock::now() + plugin_.options.init_timeout;
    const auto packed =
        PackedAnswer::from(call(guest_.function(plugin_.exports.get_name), {}, deadline));
    const auto bytes = bytes_at(packed.pointer, packed.size);
    if (packed.size != 0 && bytes.empty())
        throw Error(
            ErrorCode::guest_error,
            fmt::format("plug-in {}: get_name answered {} bytes at {}, which is outside "
                        "its memory of {} bytes",
                        plugin_.options.name, packed.size, packed.pointer, guest_.memory().size()));
    std::string name(as_text(bytes.first(std::min(bytes.size(), max_bytes))));
    if (!bytes.empty()) release(packed.pointer, packed.size, deadline);
    return name;
}

void HookInstance::init() {
    if (plugin_.exports.init.empty()) return;
    output_.begin_call();
    // Guests read the configuration as an object; null would not parse, nothing at all does.
    const std::string& json = plugin_.options.config_json;
    const std::string_view config = json == "null" ? "{}" : std::string_view(json);
    if (kernel_)
        call_extism(plugin_.exports.init, config, GuestHost::Scope::init);
    else
        init_guest(config);
}

void HookInstance::init_guest(std::string_view config) {
    if (arena_) rewind_arena();
    const auto deadline = wasm::Clock::now() + plugin_.options.init_timeout;
    const std::uint32_t pointer = config.empty() ? 0 : allocate(config, deadline);
    const auto size = static_cast<std::uint32_t>(config.size());
    const auto function = guest_.function(plugin_.exports.init);
    host_.enter(GuestHost::Scope::init);
    const auto status = call(function, {to_value(pointer), to_value(size)}, deadline).i32;
    host_.enter(GuestHost::Scope::outside);
    if (status != 0)
        throw Error(ErrorCode::guest_error,
                    fmt::format("plug-in {}: init answered {}: it refuses its configuration",
                                plugin_.options.name, status));
    if (!config.empty()) release(pointer, config.size(), deadline);
    if (reset_) call(*reset_, {}, deadline);
    if (arena_) arena_->count(config.size(), 0);
}

void HookInstance::cleanup() noexcept {
    if (faulted_ || plugin_.exports.cleanup.empty()) return;
    try {
        call(guest_.function(plugin_.exports.cleanup), {}, wasm::Clock::now() + direct_limit);
    } catch (const std::exception& error) {
        spdlog::debug("{}", error.what());
    }
}

void HookInstance::fault() {
    faulted_ = true;
    output_.flush();
}

void HookInstance::count_call(std::size_t input_bytes, std::size_t answer_bytes) noexcept {
    served_ = true;
    if (arena_) arena_->count(input_bytes, answer_bytes);
}

bool HookInstance::fits(std::size_t input_bytes) const noexcept {
    return !arena_ || arena_->fits(input_bytes);
}

bool HookInstance::is_worn() const noexcept {
    const std::uint64_t bytes = arena_ ? arena_->guest_bytes() : guest_.memory_bytes();
    return bytes > plugin_.options.recycle_bytes;
}

}  // namespace sluice::hooks
