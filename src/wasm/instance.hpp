#pragma once

#include "wasm/linker.hpp"
#include "wasm/module.hpp"

#include <sluice/bytes.hpp>

#include <algorithm>
#include <any>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::wasm {

using Clock = std::chrono::steady_clock;

/// Bounds of one instance. What a guest asks for beyond them is refused, or ends its call.
struct InstanceLimits {
    std::uint64_t memory_bytes = 256ULL << 20;  ///< of all its memories together
    std::uint32_t table_elements = 100'000;     ///< of all its tables together
};

/// A folder of the host that a guest may use, and nothing outside it: see Linker::define_wasi.
struct Folder {
    std::filesystem::path host;  ///< opened when the instance is made; relative to the process's
    std::string guest;           ///< what the guest calls it, "/data" or "." for instance
    bool read_only = false;
};

struct InstanceOptions {
    InstanceLimits limits{};
    Clock::duration start_time_limit = std::chrono::seconds(2);  ///< for start functions
    /// What the guest may use up until the next refuel(), start functions included; for modules
    /// that count fuel. Nothing: no limit.
    std::optional<std::uint64_t> fuel{};
    /// Receives what the guest prints (fd 1 or 2). Called on the thread that runs the guest.
    std::function<void(int fd, std::string_view text)> output{};
    std::vector<Folder> folders{};           ///< at most 256
    std::vector<std::string> arguments{};    ///< the program's name first, as in `argv`
    std::vector<std::string> environment{};  ///< each "NAME=value"
    std::string input{};                     ///< what the guest reads from fd 0, then its end
    /// Told at each tick of the epoch clock (one to four milliseconds) in which functions the guest
    /// is, the innermost first, and how long it has run since it was told last, or since the call
    /// began. Called on the thread that runs the guest. Empty costs nothing.
    std::function<void(std::span<const std::string> stack, Clock::duration ran)> sample{};
    std::any data{};  ///< the embedder's, found again through Caller::data()
};

/// An exported function, looked up once and called many times. Belongs to one instance.
struct Function {
    std::uint64_t store = 0;
    void* code = nullptr;
    const FunctionType* type = nullptr;  ///< the module's own

    /// Values that a call needs: its arguments, then its results in the same place.
    std::size_t slots() const noexcept {
        return std::max(type->parameters.size(), type->results.size());
    }
    bool operator==(const Function&) const = default;
};

/// A memory, looked up once. Belongs to one instance. It neither moves nor shrinks.
struct MemoryRef {
    std::array<std::uint64_t, 3> handle{};
};

class Instance;

/// The guest's side of a host function's call.
class Caller {
  public:
    virtual ~Caller() = default;
    /// The guest's exported `memory`; empty when it has none. Valid until guest code runs again.
    virtual std::span<std::byte> memory() = 0;
    /// An exported memory of the module whose code called: the guest's, or a library's. Empty when
    /// it has none of that name.
    virtual std::span<std::byte> calling_memory(std::string_view name) = 0;
    virtual std::any& data() = 0;
    /// The instance that is running: for call_within() and what belongs to its libraries. While a
    /// start function runs it has no exports yet.
    virtual Instance& instance() = 0;
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
    /// Whether its instances have that library: linked into the module, or an instance beside it.
    bool has_library(std::string_view name) const noexcept;
    struct State;
    const State& state() const noexcept { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

/// A running module with a memory of its own.
///
/// Lifetime: keeps what it needs of the InstancePre alive; calls must end before it does.
/// Threads: one at a time.
/// Errors: after a call that did not reach its end, by whatever error but `proc_exit(0)`, every
/// further call throws poisoned; memory may still be read.
/// Units: fuel is about one a WebAssembly instruction; bulk operations cost what they move. What
/// the guest calls in libraries counts, host functions do not.
class Instance {
  public:
    /// Runs the start section. Blocks: at most `options.start_time_limit`.
    /// Errors: \throws Error "failed to instantiate WASM module" with trap, timeout, memory_limit,
    /// fuel_limit; unavailable "folder ..." for one that cannot be opened or kept apart from what
    /// is around it; invalid_input for `options.fuel` where the module counts none.
    explicit Instance(const InstancePre& pre, InstanceOptions options = {});
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    /// Errors: \throws Error missing_export. Not a check of its type: see Module::require.
    Function function(std::string_view name) const;

    /// An exported function or memory of this instance's copy of a library of the linker, or of the
    /// one that was linked into its module.
    /// Errors: \throws Error missing_export.
    Function library_function(std::string_view library, std::string_view name) const;
    MemoryRef library_memory(std::string_view library, std::string_view name) const;

    /// Calls without a fiber. `values` holds the arguments, then the results: as long as the
    /// longer of the two. Blocks: until the guest returns, at most until `deadline` or a tick
    /// after `cancel` was asked to stop. A guest that waits (`poll_oneoff`) makes the thread wait.
    /// Errors: \throws Error trap, timeout, cancelled, memory_limit, fuel_limit; the message holds
    /// the guest's backtrace.
    /// guest_error when it ended itself, see exit_code(). poisoned after an earlier failure.
    void call(const Function& function, std::span<Value> values, Clock::time_point deadline,
              std::stop_token cancel = {});

    /// The same from within a host function, as a part of the call that is running: its deadline
    /// counts. Errors: \throws Error trap, which ends the running call as well.
    void call_within(const Function& function, std::span<Value> values);

    /// From within a host function: the guest does not count as running until go_on(), which puts
    /// the running call's deadline off by `more`.
    void pause() noexcept;
    void go_on(Clock::duration more) noexcept;

    /// What the calls from here on may use up together, in the place of what is left.
    /// Errors: \throws Error invalid_input where the module counts no fuel.
    void refuel(std::uint64_t fuel);
    /// What is left of it; 0 where the module counts none.
    std::uint64_t fuel() const noexcept;

    /// The exported `memory`; empty when there is none. Valid until guest code runs again.
    std::span<std::byte> memory() noexcept;
    /// The bytes of a library's memory; there may be more of them once guest code has run again.
    std::span<std::byte> memory(const MemoryRef& reference) noexcept;
    /// Grows the exported memory from the host. False when there is none or a limit forbids it.
    bool grow_memory(std::uint64_t pages);
    bool grow_memory(const MemoryRef& reference, std::uint64_t pages);
    /// Bytes of all its memories, exported or not.
    std::uint64_t memory_bytes() const noexcept;
    const Module& module() const noexcept;

    /// The status with which the guest ended itself through `proc_exit`; it may be 0.
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

    /// Runs nothing yet. Errors: \throws Error poisoned after an earlier failure; invalid_input
    /// when the function takes or gives references.
    FiberCall(Instance& instance, const Function& function, std::span<const Value> arguments,
              Clock::time_point deadline);
    ~FiberCall();
    FiberCall(const FiberCall&) = delete;
    FiberCall& operator=(const FiberCall&) = delete;

    /// Runs the guest until it ends, its tick is over or it waits.
    /// Errors: as Instance::call; timeout once the deadline has passed.
    Progress resume();
    /// When to resume() after `waiting`: the guest's wish, or the deadline when that is earlier.
    Clock::time_point wake_at() const noexcept;
    /// Lifetime: until this call dies.
    std::span<const Value> results() const noexcept;

    struct State;

  private:
    std::shared_ptr<State> state_;  // the instance keeps it for its next call
};

}  // namespace sluice::wasm
