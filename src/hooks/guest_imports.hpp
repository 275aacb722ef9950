#pragma once

#include "hooks/hook_plugin.hpp"
#include "wasm/linker.hpp"
#include "wasm/module.hpp"

namespace sluice::wasm {
class Engine;
}

namespace sluice::hooks {

/// What guests of the hook ABI may import: WASI preview 1 without network and with the folders of
/// its options alone, and what AssemblyScript's runtime asks of `env` (abort, seed, Date.now,
/// console.*). Other functions of `env` are there as traps that name them, because guests often
/// import what they never call.
///
/// Of the module `sluice` it has the host calls, see host_module.hpp; of `extism:host/env` all that
/// Extism offers, see extism_host.hpp.
///
/// Instances made from it must hold a `GuestHost*` in their data.
/// Errors: \throws Error invalid_input "failed to instantiate WASM module" for imports from modules
/// that no host of this ABI has, naming them.
wasm::Linker guest_imports(const wasm::Engine& engine, const wasm::Module& module,
                           const HookPluginOptions& options);

}  // namespace sluice::hooks
