#pragma once

#include "hooks/hook_plugin.hpp"
#include "wasm/linker.hpp"

namespace sluice::hooks {

/// Defines what Extism's kernel asks of its host, on the services that host calls have: variables
/// are those of host_module.hpp, HTTP requests wait on the guest's fiber.
///
/// Extism's functions cannot tell their guest why they failed: such a failure ends the hook call.
/// Instances must hold a `GuestHost*` in their data.
void define_extism_host(wasm::Linker& linker, const HookPluginOptions& options);

}  // namespace sluice::hooks
