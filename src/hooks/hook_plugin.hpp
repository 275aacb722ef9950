#pragma once

#include "hooks/generation.hpp"
#include "hooks/host_calls.hpp"
#include "hooks/log_lines.hpp"
#include "hooks/phase.hpp"
#include "hooks/plugin_usage.hpp"
#include "wasm/image_cache.hpp"
#include "wasm/instance.hpp"

#include <sluice/bytes.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::hooks {

struct HookPluginOptions {
    std::string name{};              ///< as configured; messages and metrics use it
    std::string config_json = "{}";  ///< handed to the guest's `init`
    std::chrono::milliseconds call_timeout{500};
    std::chrono::milliseconds cpu_timeout{600'000};  ///< processor time of one call
    std::chrono::milliseconds init_timeout{2'000};   ///< of the start function, and of `init`
    std::uint64_t memory_bytes = 256ULL << 20;       ///< of one instance, at most
    std::uint64_t recycle_bytes = 64ULL << 20;  ///< an instance above this is replaced when idle
    std::size_t output_bytes = 192 << 20;       ///< of one answer
    std::size_t instances_per_thread = 64;      ///< more calls at once wait in line
    std::size_t waiting_calls = 1'024;          ///< in that line; further ones fail
    std::uint32_t log_lines_per_second = 1'000'000;  ///< over all instances
    HostAccess access{};                             ///< what it may ask of its host
    std::vector<wasm::Folder> folders{};             ///< that WASI shows it
    std::shared_ptr<const HostServices> services{};  ///< null: the host has nothing to offer
    std::shared_ptr<LogLines>
        log_lines{};  ///< that keeps what it prints; null: only the log has it
};

/// How a plug-in wants the chunk of a stream: the seed's Rust sample reads base64 text where all
/// others read an object. Found out by the answer to the first chunk.
enum class ChunkForm : std::uint8_t { unknown, object, base64 };

/// A loaded plug-in of the gateway's hook ABI: compiled code, checked signatures, its phases.
///
/// Threads: immutable but for two remembered facts (atomics); one object serves every thread.
/// Source: seed 000; the facts page of the gateway, section 1.
class HookPlugin {
  public:
    /// Makes one instance and runs its `init`, so that what is wrong shows now.
    /// Blocks: compiles, then at most a few times `options.init_timeout`.
    /// Errors: \throws Error missing_export or invalid_input "failed to instantiate WASM module",
    /// naming the export that is missing or has another signature; trap, timeout, memory_limit and
    /// guest_error when the guest fails to start or its `init` does not answer 0.
    static std::shared_ptr<const HookPlugin> load(const wasm::Engine& engine,
                                                  const wasm::ImageCache& cache, ByteView wasm,
                                                  HookPluginOptions options);

    const HookPluginOptions& options() const noexcept;
    PhaseSet phases() const noexcept;
    /// What the guest's `get_name` answered; the configured name when it has none.
    const std::string& actual_name() const noexcept;
    std::string_view generation() const noexcept;  ///< "A", "B", "C" or "extism"
    /// The guest's own name for the hook of `phase`, which depends on the generation.
    std::string_view hook_name(Phase phase) const noexcept;
    Convention convention(Phase phase) const noexcept;
    const wasm::Module& module() const noexcept;

    /// What its calls have used of their limits so far. Safe from any thread.
    PluginUsage& usage() const noexcept;
    std::size_t stack_bytes() const noexcept;

    ChunkForm chunk_form() const noexcept;
    /// Remembers what the first chunk's answer told.
    void remember(ChunkForm form) const noexcept;

    struct State;
    const State& state() const noexcept { return *state_; }

    explicit HookPlugin(std::unique_ptr<State> state);  ///< load() calls it
    ~HookPlugin();

  private:
    std::unique_ptr<State> state_;
};

}  // namespace sluice::hooks
