#pragma once

#include "plugin/kernel.hpp"
#include "plugin/module_set.hpp"
#include "plugin/runtime_state.hpp"
#include "wasm/instance.hpp"

#include <sluice/plugin.hpp>

namespace sluice {

struct CompiledPlugin::State {
    Runtime runtime;  // first: its engine's clock stops the guests of all below
    Manifest manifest;
    PluginOptions options;
    wasm::InstancePre pre;
    wasm::Digest digest{};                         ///< of the main module's WebAssembly
    std::shared_ptr<const FunctionNames> names{};  ///< null when observation needs none
    std::vector<ModulePart> parts{};
    bool has_kernel = false;

    /// A function of the guest's; nothing for names that are the kernel's.
    const wasm::FunctionType* function(std::string_view name) const noexcept {
        return is_guests(name) ? pre.module().exported_function(name) : nullptr;
    }
    /// Whether an export of that name is the guest's own.
    bool is_guests(std::string_view name) const noexcept {
        return pre.module().merged_library().empty() || !name.starts_with(kernel_prefix);
    }
};

/// From code that is compiled already, for those who looked at it first. `modules` are of
/// `runtime`. Errors: as CompiledPlugin's constructor; the manifest's modules are not read.
std::shared_ptr<const CompiledPlugin::State> make_compiled(const Runtime& runtime,
                                                           ModuleSet modules, Manifest manifest,
                                                           PluginOptions options);

}  // namespace sluice
