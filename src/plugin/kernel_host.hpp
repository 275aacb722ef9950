#pragma once

#include "plugin/variables.hpp"

#include <sluice/bytes.hpp>
#include <sluice/manifest.hpp>
#include <sluice/plugin.hpp>

#include <functional>
#include <string_view>

namespace sluice::wasm {
class Linker;
}

namespace sluice {

/// What one plug-in's kernel asks of its host: configuration, variables, log.
///
/// Lifetime: manifest and options outlive it. It outlives the instance, whose data holds its
/// address.
class KernelHost {
  public:
    KernelHost(const Manifest& manifest, const PluginOptions& options);

    Variables variables;
    const Manifest& manifest;
    const PluginOptions& options;
    ByteView found{};  ///< what was looked up last, until the kernel has taken it

    /// The lowest level that anybody hears.
    LogLevel log_level() const noexcept;
};

/// Defines what kernel.wat imports. Instances must hold a `KernelHost*` in their data.
void define_kernel_host(wasm::Linker& linker);

}  // namespace sluice
