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

/// A raw WebAssembly value; its type is known from the signature that was checked at load.
union Value {
    std::int32_t i32;
    std::int64_t i64;
    float f32;
    double f64;
    std::byte v128[16];
};

/// What a guest may call. Reads its arguments from `values` and writes its results over them.
///
/// Errors: what it throws becomes a trap in the guest with the exception's text.
using HostFunction = std::function<void(Caller& caller, std::span<Value> values)>;

/// The functions that guests may import, and a factory of instances of one module.
///
/// Threads: define on one thread; instantiate from any.
class Linker {
  public:
    explicit Linker(const Engine& engine);
    ~Linker();
    Linker(Linker&&) noexcept;
    Linker& operator=(Linker&&) noexcept;

    /// Errors: \throws Error invalid_input when the name is taken or `type` has references.
    void define(std::string_view module, std::string_view name, FunctionType type,
                HostFunction function);

    /// WASI preview 1: no files, no network, no arguments, no environment; what the guest prints
    /// goes to InstanceOptions::output. `poll_oneoff` suspends the fiber and never blocks.
    void define_wasi();

    /// Every function import of `module` that is still unknown becomes a trap that names it.
    void define_unknown_imports_as_traps(const Module& module);

    /// Gives every instance a copy of `library` of its own, in the same store and made before it.
    /// Guests import the library's exported functions, and nothing else of it, from `name`; its own
    /// imports are what define() gave. A definition of the same name goes first.
    void add_library(std::string name, Module library);

    struct State;
    State& state() const noexcept { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

}  // namespace sluice::wasm
