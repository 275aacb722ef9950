#pragma once

#include "plugin/guest_http.hpp"
#include "plugin/observe_collector.hpp"
#include "plugin/variables.hpp"
#include "wasm/instance.hpp"

#include <sluice/bytes.hpp>
#include <sluice/manifest.hpp>
#include <sluice/plugin.hpp>

#include <chrono>
#include <optional>
#include <stop_token>

namespace sluice {

/// The kernel's functions and memory, for host functions that make and read blocks.
struct KernelBlocks {
    wasm::Function alloc;
    wasm::Function free;
    wasm::Function length;
    wasm::MemoryRef memory;
};

/// What one plug-in's kernel asks of its host: configuration, variables, log, HTTP.
///
/// Lifetime: manifest and options outlive it. It outlives the instance, whose data holds its
/// address.
class KernelHost {
  public:
    KernelHost(const Manifest& manifest, const PluginOptions& options);

    Variables variables;
    const Manifest& manifest;
    const PluginOptions& options;
    GuestHttp http;
    ByteView found{};  ///< what was looked up last, until the kernel has taken it
    Bytes kept{};      ///< what `found` shows when nothing else keeps it

    /// The present call's: what the host does for the guest ends with it. Whoever starts a call, or
    /// a start function, sets both.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    std::stop_token cancel{};
    void* host_context = nullptr;

    std::optional<KernelBlocks> blocks{};  ///< once a host function has asked for them

    std::optional<Configuration> own_config{};  ///< in place of the manifest's
    const Configuration& config() const noexcept {
        return own_config ? *own_config : manifest.config;
    }

    LogSink log;
    LogLevel lowest_level;  ///< of the messages for `log`
    /// The lowest level that anybody hears.
    LogLevel log_level() const noexcept { return log ? lowest_level : LogLevel::off; }

    /// Makes traces; nothing when nobody asked for them.
    std::optional<observe::Collector> collector{};

    /// Runs a function of the host that the guest has called.
    template <class Run>
    void serve(Run&& run) {
        failed = true;  // unless it comes back
        run();
        failed = false;
    }
    bool failed = false;  ///< the function that was served last threw
};

/// Defines what kernel.wat imports. Instances must hold a `KernelHost*` in their data.
void define_kernel_host(wasm::Linker& linker);

}  // namespace sluice
