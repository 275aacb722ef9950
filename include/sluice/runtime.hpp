#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace sluice {

struct RuntimeOptions {
    /// Where compiled code is kept between runs; empty: nowhere. The folder must be its user's own.
    std::filesystem::path image_cache{};
};

/// What compiles and runs plug-ins: the WebAssembly engine, its clock, and Extism's kernel.
///
/// Lifetime: a handle; copies share one runtime, and plug-ins keep theirs alive.
/// Keeps the code of the modules that were made last, at most 16 of 32 MiB of WebAssembly together,
/// for those who make the same plug-in again.
/// Threads: any. Costs a thread that ticks every millisecond, and one more once there is a plug-in
/// with a fuel limit: make one and share it.
class Runtime {
  public:
    explicit Runtime(const RuntimeOptions& options = {});

    struct State;
    const State& state() const noexcept { return *state_; }

  private:
    std::shared_ptr<const State> state_;
};

/// Sluice's own version, "0.1.0".
std::string_view version() noexcept;

/// Name and version of the WebAssembly engine.
std::string_view engine_version() noexcept;

}  // namespace sluice
