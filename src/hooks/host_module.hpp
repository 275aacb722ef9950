#pragma once

#include "hooks/hook_plugin.hpp"
#include "wasm/linker.hpp"
#include "wasm/module.hpp"

#include <string_view>

namespace sluice::hooks {

/// The import module of the host calls.
inline constexpr std::string_view host_module = "sluice";

/// Defines what `module` imports of the host calls: log, configuration, variables, metrics, clock,
/// random numbers, HTTP requests, LLM calls. docs/plugins/host-calls.md describes each.
///
/// A result never enters the guest by itself: it stays with the host until the guest's next host
/// call, and the guest copies it into memory of its own. Instances must hold a `GuestHost*` in
/// their data.
/// Errors: \throws Error invalid_input, naming an import that is no host call, or one of another
/// type.
void define_host_calls(wasm::Linker& linker, const wasm::Module& module,
                       const HookPluginOptions& options);

}  // namespace sluice::hooks
