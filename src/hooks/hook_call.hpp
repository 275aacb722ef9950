#pragma once

#include "hooks/instance_pool.hpp"
#include "hooks/phase.hpp"

#include <initializer_list>
#include <memory>
#include <string_view>

namespace sluice::hooks {

/// One hook called with one JSON input, run in steps so that its thread can serve others.
///
/// Copies the input into guest memory (the guest's allocator), calls the hook on a fiber, checks the
/// answer's bounds, and frees both blocks.
/// Lifetime: `instance` and the input's pieces outlive it. Destroying it unfinished stops the guest.
class HookCall {
  public:
    /// `input` is the envelope in pieces, written one after another straight into guest memory.
    HookCall(HookInstance& instance, Phase phase, std::initializer_list<std::string_view> input);
    ~HookCall();

    /// Errors: \throws Error naming plug-in, hook and cause (trap, timeout, memory_limit, ...).
    wasm::FiberCall::Progress resume();
    wasm::Clock::time_point wake_at() const noexcept;

    /// The guest's answer after `done`: a copy of its JSON text, followed by 64 readable bytes, as
    /// simdjson wants. Empty when the guest returned 0: "no opinion".
    std::string_view answer() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::hooks
