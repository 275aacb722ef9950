#pragma once

#include "hooks/phase.hpp"
#include "wasm/image_cache.hpp"
#include "wasm/instance.hpp"

#include <sluice/bytes.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace sluice::hooks {

struct HookPluginOptions {
    std::string name{};              ///< as configured; messages and metrics use it
    std::string config_json = "{}";  ///< handed to the guest's `init`
    std::chrono::milliseconds call_timeout{500};
    std::chrono::milliseconds init_timeout{2'000};
    std::uint64_t memory_bytes = 256ULL << 20;   ///< of one instance, at most
    std::uint64_t recycle_bytes = 64ULL << 20;   ///< an instance above this is replaced when idle
    std::size_t instances_per_thread = 64;       ///< more calls at once wait in line
};

/// A loaded plug-in of the gateway's hook ABI: compiled code, checked signatures, its phases.
///
/// Threads: immutable but for two remembered facts (atomics); one object serves every thread.
/// Source: seed 000; the facts page of the gateway, section 1.
class HookPlugin {
  public:
    /// Blocks: compiles. Errors: \throws Error invalid_input "failed to instantiate WASM module",
    /// naming the export that is missing or has another signature.
    static std::shared_ptr<const HookPlugin> load(const wasm::Engine& engine,
                                                  const wasm::ImageCache& cache, ByteView wasm,
                                                  HookPluginOptions options);

    const HookPluginOptions& options() const noexcept;
    PhaseSet phases() const noexcept;
    /// What the guest's `get_name` answered; the configured name when it has none.
    const std::string& actual_name() const noexcept;
    std::string_view generation() const noexcept;  ///< "C"
    const wasm::Module& module() const noexcept;

    struct State;
    const State& state() const noexcept { return *state_; }

  private:
    explicit HookPlugin(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace sluice::hooks
