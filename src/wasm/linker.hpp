#pragma once

#include "wasm/module.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sluice::wasm {

class Engine;
class Caller;

using sluice::Value;

/// What a guest may call. Reads its arguments from `values` and writes its results over them.
///
/// Errors: what it throws becomes a trap in the guest with the exception's text; an Error of
/// timeout or cancelled stays one for whoever called the guest.
using HostFunction = std::function<void(Caller& caller, std::span<Value> values)>;

/// What ends a wait: asked each time the guest is resumed, true once it has written the results.
/// It throws nothing. Destroyed before it said true: the call was given up.
using Continuation = std::function<bool(std::span<Value> results)>;

/// As HostFunction, but may make its guest wait: gives what ends the wait, or nothing when the
/// results are there already.
using SuspendingFunction = std::function<Continuation(Caller& caller, std::span<Value> values)>;

/// What a guest that waits does with its thread.
enum class Waits {
    suspend,  ///< gives it back, on a fiber: then all that the guest calls runs on a fiber's stack
    block,    ///< keeps it: all that the guest calls runs on the thread's own stack
};

/// What a library is to the modules that are linked with it.
enum class LibraryRole {
    offered,  ///< made where somebody imports it, gives functions only; definitions go first
    part,     ///< made with every instance, and goes before definitions of the same name
};

/// The functions that guests may import, and a factory of instances of one module.
///
/// Threads: define on one thread; instantiate from any.
class Linker {
  public:
    explicit Linker(const Engine& engine);
    /// Begins with all that `base` offers, and may replace it.
    Linker(const Linker& base);
    ~Linker();
    Linker(Linker&&) noexcept;
    Linker& operator=(Linker&&) noexcept;
    Linker& operator=(const Linker&) = delete;

    /// Errors: \throws Error invalid_input when the name is taken (but by a base) or `type` has
    ///     references.
    void define(std::string_view module, std::string_view name, FunctionType type,
                HostFunction function);

    /// The same for a function that may make its guest wait. A FiberCall then says `waiting` until
    /// the deadline; resume() it once what it waits for is there. Called otherwise, the guest keeps
    /// its thread until the deadline: such functions should see that they are called on a fiber.
    void define_suspending(std::string_view module, std::string_view name, FunctionType type,
                           SuspendingFunction function);

    /// WASI preview 1, all of it but sockets. A guest has what its InstanceOptions give it:
    /// folders, arguments, environment, input, and `output` for what it prints. `poll_oneoff`
    /// waits as `waits` says; calls on files block the thread as long as the file system takes.
    ///
    /// In a folder the kernel resolves each path so that it stays beneath the folder; one that
    /// leads out, and any change in a read-only folder, answers errno 63. Devices, FIFOs and
    /// sockets cannot be opened. What the guest writes is not counted: quotas are the host's.
    void define_wasi(Waits waits = Waits::suspend);

    /// Every function import of `module` that is still unknown becomes a trap that names it; but
    /// those from a library are still refused when it does not export them.
    void define_unknown_imports_as_traps(const Module& module);

    /// Gives every instance a copy of `library` of its own, in the same store and made before it;
    /// libraries are made in the order in which they were added. Modules and later libraries
    /// import its exports from `name`; its own imports are what define() and earlier libraries
    /// give. Errors are found when a module is linked.
    void add_library(std::string name, Module library, LibraryRole role = LibraryRole::offered);

    struct State;
    State& state() const noexcept { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

}  // namespace sluice::wasm
