#pragma once

#include "wasm/code_kind.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct wasm_engine_t;

namespace sluice::wasm {

class EpochClock;

/// Settings that compiled code depends on or that hold for every instance of an engine.
struct EngineOptions {
    /// Period of the epoch clock while a call runs on; the first tick of a call may take four.
    std::chrono::milliseconds tick{1};
    std::size_t max_stack_bytes = 512 << 10;  ///< of a guest; deeper recursion traps
    std::size_t fiber_stack_bytes = 2 << 20;  ///< of a fiber; must exceed max_stack_bytes
    std::size_t backtrace_frames = 20;        ///< frames named in a trap's message
    bool source_lines = false;  ///< also name source lines, where a guest has DWARF; slower traps
    CodeKind code{};
};

/// Wasmtime's engine with the epoch clock that lets running guests be stopped. One a process for
/// each kind of code.
///
/// Lifetime: modules and instances keep the engine's code alive, but only this object's clock ends
/// calls: it outlives every call.
/// Threads: share it freely; all members are safe from any thread.
/// Errors: the constructor \throws Error invalid_input when the options contradict each other.
/// Source: facts of Wasmtime 48's C API (`wasm_engine_new_with_config`, epochs).
class Engine {
  public:
    explicit Engine(const EngineOptions& options = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    wasm_engine_t* raw() const noexcept;
    const EngineOptions& options() const noexcept;

    /// Names engine version, settings and CPU features: equal texts may share compiled images.
    const std::string& fingerprint() const noexcept;
    /// The kind of the code of an engine with that fingerprint.
    static CodeKind kind_of(std::string_view fingerprint) noexcept;

    /// Whether the clock stands still, as no guest has run for a while. A call sets it going again.
    bool resting() const noexcept;
    const std::shared_ptr<EpochClock>& clock() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What runs the guests: "Wasmtime 48.0.8".
std::string_view engine_version() noexcept;

}  // namespace sluice::wasm
