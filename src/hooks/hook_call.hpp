#pragma once

#include "hooks/host_calls.hpp"
#include "hooks/instance_pool.hpp"
#include "hooks/phase.hpp"
#include "hooks/plugin_usage.hpp"
#include "wasm/instance.hpp"

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sluice::hooks {

/// One hook called with one JSON input, run in steps so that its thread can serve others.
///
/// Copies the input into guest memory (the guest's allocator), calls the hook on a fiber, checks
/// the answer's bounds, copies it out, and frees both blocks. What goes wrong while freeing costs
/// the instance, not the answer. Lifetime: `instance` and the input's pieces outlive it. Destroying
/// it unfinished stops the guest.
class HookCall {
  public:
    static constexpr std::size_t max_pieces = 12;
    static constexpr std::size_t max_arguments = 3;

    /// `input` is the envelope in pieces, written one after another straight into guest memory.
    /// A hook with a text for each argument is told by `ends` how many pieces there are up to the
    /// end of each: every argument gets a block of its own.
    /// What the guest asks others for is added to `counts`, those of the client's request, which
    /// outlive the call. Null: this call stands for itself.
    HookCall(HookInstance& instance, Phase phase, std::span<const std::string_view> input,
             std::span<const std::size_t> ends = {}, HostCallCounts* counts = nullptr);
    HookCall(HookInstance& instance, Phase phase, std::initializer_list<std::string_view> input)
        : HookCall(instance, phase, std::span(input.begin(), input.size())) {}
    ~HookCall();
    HookCall(const HookCall&) = delete;
    HookCall& operator=(const HookCall&) = delete;

    /// Errors: \throws Error naming plug-in, hook and cause: trap, timeout, memory_limit, and
    /// guest_error for pointers outside the guest's memory. The instance is faulted then.
    wasm::FiberCall::Progress resume();
    wasm::Clock::time_point wake_at() const noexcept;

    /// After `waiting`: what the guest asks of its host. Null: it only sleeps until wake_at(). Do
    /// it, give() what came of it, and resume(); wake_at() is the deadline then.
    /// Lifetime: until give().
    const HostTask* host_task() const noexcept;
    void give(VariableReply reply);
    void give(HttpReply reply);
    void give(HostReply reply);

    /// Whether it failed before the hook ran, for a reason that a fresh instance may not have: the
    /// guest's memory was used up, or its malloc took too long. The call may be made once more.
    bool may_retry() const noexcept;

    /// The bound that it broke, when that is why resume() threw.
    Limit broken() const noexcept;

    /// The guest's answer after `done`: a copy of its JSON text, valid until the instance is called
    /// again or given back. Empty when the guest returned 0: "no opinion".
    std::string_view answer() const noexcept;
    /// The same, moved out.
    std::string take_answer();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::hooks
