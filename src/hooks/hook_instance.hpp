#pragma once

#include "hooks/counter_arena.hpp"
#include "hooks/guest_host.hpp"
#include "hooks/guest_output.hpp"
#include "hooks/hook_plugin_state.hpp"
#include "plugin/kernel.hpp"
#include "wasm/instance.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string>

namespace sluice::hooks {

/// A running guest: its memory, its functions, and what is remembered of it between calls.
///
/// Lifetime: the plug-in's state outlives it. Threads: one.
class HookInstance {
  public:
    /// Above this, a guest's malloc and free run on a fiber: they may move megabytes.
    static constexpr std::size_t direct_bytes = 64 << 10;
    static constexpr std::chrono::milliseconds direct_limit{20};  ///< of malloc and free below it

    /// Instantiates and starts the runtime (`_initialize` or `_start`), for calls of up to
    /// `input_bytes`. Blocks and errors: as InstancePool::take.
    HookInstance(const HookPlugin::State& plugin, std::size_t input_bytes);

    /// Asks a fresh guest twice for memory. For guests that have an allocator.
    Allocator probe();
    /// What `get_name` answers; empty when there is none.
    std::string name();
    /// Hands over the configuration. Errors: \throws Error guest_error when it does not answer 0.
    void init();
    /// Calls `cleanup`; what goes wrong there interests nobody any more.
    void cleanup() noexcept;

    /// Whether a call of `input_bytes` may follow. If not, the pool takes another instance.
    bool fits(std::size_t input_bytes) const noexcept;
    /// Whether so much memory is in use that a new instance should take its place.
    bool is_worn() const noexcept;

    /// Calls without a fiber. Errors: as wasm::Instance::call; the instance is then faulted.
    wasm::Value call(const wasm::Function& function, std::initializer_list<wasm::Value> arguments,
                     wasm::Clock::time_point deadline);

    // For HookCall.
    const HookPlugin::State& plugin() const noexcept { return plugin_; }
    wasm::Instance& guest() noexcept { return guest_; }
    const wasm::Function& malloc_function() const noexcept { return malloc_; }
    const std::optional<wasm::Function>& free_function() const noexcept { return free_; }
    const std::optional<wasm::Function>& reset_function() const noexcept { return reset_; }
    const wasm::Function& hook(Phase phase) const noexcept {
        return hooks_[static_cast<std::size_t>(phase)];
    }
    std::optional<CounterArena>& arena() noexcept { return arena_; }
    /// Through which an Extism guest is given its input and gives its answer; of others nothing.
    std::optional<Kernel>& kernel() noexcept { return kernel_; }
    GuestOutput& output() noexcept { return output_; }
    GuestHost& host() noexcept { return host_; }
    void rewind_arena();
    /// Whether malloc and free of `size` bytes are called without a fiber.
    bool calls_direct(std::size_t size) const noexcept {
        return size < direct_bytes && !plugin_.slow_allocator.load(std::memory_order_relaxed);
    }
    /// The bytes at `pointer`; empty when they are not all inside memory.
    std::span<std::byte> bytes_at(std::uint32_t pointer, std::size_t size) noexcept;
    /// What the last call answered.
    std::string& answer() noexcept { return answer_; }

    /// Trapped, timed out or was cancelled: never to be called again.
    bool faulted() const noexcept { return faulted_; }
    /// Marks it so; logs the guest's last words, which are often the only message.
    void fault();
    /// Whether a call has succeeded: running out of memory now may be due to what was not freed.
    bool has_served() const noexcept { return served_; }
    void count_call(std::size_t input_bytes, std::size_t answer_bytes) noexcept;

  private:
    std::optional<wasm::Function> optional_function(std::string_view name) const;
    std::uint32_t allocate(std::string_view bytes, wasm::Clock::time_point deadline);
    void release(std::uint32_t pointer, std::size_t size, wasm::Clock::time_point deadline);
    wasm::InstanceOptions options(std::size_t input_bytes);
    void start();
    void init_guest(std::string_view config);
    /// Calls a function of an Extism guest that is no hook. Lifetime of the output: until the next
    /// call. Errors: \throws Error guest_error with what the guest says when it fails.
    ByteView call_extism(std::string_view function, std::string_view input, GuestHost::Scope scope);

    const HookPlugin::State& plugin_;
    GuestOutput output_;
    GuestHost host_;
    wasm::Instance guest_;
    wasm::Function malloc_{};  ///< an Extism guest has none
    std::optional<wasm::Function> free_;
    std::optional<wasm::Function> reset_;
    std::array<wasm::Function, all_phases.size()> hooks_{};
    std::optional<CounterArena> arena_{};
    std::optional<Kernel> kernel_{};
    std::string answer_{};
    bool faulted_ = false;
    bool served_ = false;
};

/// The two halves of what a hook returns. Source: seed 000, "Return Value Format".
struct PackedAnswer {
    std::uint32_t pointer = 0;
    std::uint32_t size = 0;

    static PackedAnswer from(wasm::Value value) {
        const auto bits = static_cast<std::uint64_t>(value.i64);
        return {static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits)};
    }
};

}  // namespace sluice::hooks
