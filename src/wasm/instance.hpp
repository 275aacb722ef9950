#pragma once

#include "wasm/linker.hpp"
#include "wasm/module.hpp"

#include <sluice/bytes.hpp>

#include <any>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace sluice::wasm {

using Clock = std::chrono::steady_clock;

/// Bounds of one instance. What a guest asks for beyond them is refused, or ends its call.
struct InstanceLimits {
    std::uint64_t memory_bytes = 256ULL << 20;
    std::uint32_t table_elements = 100'000;
};

struct InstanceOptions {
    InstanceLimits limits{};
    Clock::duration start_time_limit = std::chrono::seconds(2);  ///< for start functions
    /// Receives what the guest prints (fd 1 or 2). Called on the thread that runs the guest.
    std::function<void(int fd, std::string_view text)> output{};
    std::any data{};  ///< the embedder's, found again through Caller::data()
};

/// An exported function, looked up once and called many times.
struct Function {
    std::uint64_t store = 0;
    std::uint64_t index = 0;
    bool operator==(const Function&) const = default;
};

/// The guest's side of a host function's call.
class Caller {
  public:
    virtual ~Caller() = default;
    /// The guest's exported `memory`; empty when it has none. Valid until guest code runs again.
    virtual std::span<std::byte> memory() = 0;
    virtual std::any& data() = 0;
};

/// A module and its imports, checked against each other once, ready to be instantiated often.
///
/// Threads: any; distinct threads may instantiate at once.
class InstancePre {
  public:
    /// Errors: \throws Error invalid_input "failed to instantiate WASM module", naming the import.
    InstancePre(const Linker& linker, const Module& module);
    ~InstancePre();
    InstancePre(InstancePre&&) noexcept;
    InstancePre& operator=(InstancePre&&) noexcept;

    const Module& module() const noexcept;
    struct State;
    const State& state() const noexcept { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

/// A running module with a memory of its own.
///
/// Lifetime: keeps what it needs of the InstancePre alive; calls must end before it does.
/// Threads: one at a time.
/// Errors: after Error trap, timeout, cancelled or memory_limit throw the instance away.
class Instance {
  public:
    /// Runs the start section. Blocks: at most `options.start_time_limit`.
    explicit Instance(const InstancePre& pre, InstanceOptions options = {});
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    /// Errors: \throws Error missing_export.
    Function function(std::string_view name) const;

    /// Calls without a fiber. `values` holds the arguments, then the results: as long as the
    /// longer of the two. Blocks: until the guest returns, at most until `deadline`.
    /// Errors: \throws Error trap, timeout, memory_limit; the message holds the guest's backtrace.
    void call(Function function, std::span<Value> values, Clock::time_point deadline);

    /// The exported `memory`; empty when there is none. Valid until guest code runs again.
    std::span<std::byte> memory() noexcept;
    /// Grows the exported memory from the host. False when the limit forbids it.
    bool grow_memory(std::uint64_t pages);

    /// Set when the guest ended itself through `proc_exit` in the last call.
    std::optional<int> exit_code() const noexcept;

    std::any& data() noexcept;

    struct State;
    State& state() noexcept { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

/// One call on a fiber: the thread gets control back at every epoch tick and at every wait.
///
/// Lifetime: must end before its instance. Destroying an unfinished call stops the guest at once;
/// the instance is then unusable.
/// Threads: those of the instance.
class FiberCall {
  public:
    enum class Progress {
        done,     ///< results() may be read
        yielded,  ///< used up its tick: resume() again soon, after others had their turn
        waiting,  ///< sleeps: resume() at wake_at(), not before
    };

    FiberCall(Instance& instance, Function function, std::span<const Value> arguments,
              Clock::time_point deadline);
    ~FiberCall();
    FiberCall(const FiberCall&) = delete;
    FiberCall& operator=(const FiberCall&) = delete;

    /// Runs the guest until it ends, its tick is over or it waits.
    /// Errors: \throws Error trap, memory_limit; timeout once the deadline has passed.
    Progress resume();
    Clock::time_point wake_at() const noexcept;
    std::span<const Value> results() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::wasm
