#include "app/module_report.hpp"

#include "hooks/generation.hpp"
#include "hooks/host_module.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::app {
namespace {

using wasm::Module;

bool exports(const Module& module, std::string_view name) {
    return module.exported_function(name) != nullptr;
}

std::size_t arity(const Module& module, std::string_view name) {
    const wasm::FunctionType* type = module.exported_function(name);
    return type == nullptr ? 0 : type->parameters.size();
}

std::vector<std::string> hooks_of(const Module& module) {
    std::vector<std::string> found;
    if (hooks::generation_of(module) == hooks::extism_generation) {
        for (const hooks::Phase phase : hooks::all_phases)
            if (exports(module, hooks::export_name(phase)))
                found.emplace_back(hooks::export_name(phase));
        return found;
    }
    for (const hooks::HookSpelling& hook : hooks::hook_spellings)
        if (exports(module, hook.name) && std::ranges::find(found, hook.name) == found.end())
            found.emplace_back(hook.name);
    return found;
}

std::string allocator_of(const Module& module) {
    for (const std::string prefix : {"plugin_", ""}) {
        const std::string malloc = prefix + "malloc";
        const std::string free = prefix + "free";
        if (!exports(module, malloc)) continue;
        if (!exports(module, free)) return malloc + "(size)";
        return fmt::format("{}(size), {}({})", malloc, free,
                           arity(module, free) == 2 ? "pointer, size" : "pointer");
    }
    return {};
}

}  // namespace

ModuleReport report_on(const Module& module) {
    ModuleReport report;
    // Of code that was saved with the kernel in it, the imports are gone.
    const bool extism = !module.merged_library().empty() ||
                        std::ranges::any_of(module.imports(), [](const wasm::Extern& import) {
                            return import.module.starts_with("extism:host/");
                        });
    report.generation = hooks::generation_of(module);
    if (extism)
        report.kind = GuestKind::extism;
    else if (!report.generation.empty())
        report.kind = GuestKind::hooks;
    else if (exports(module, "_start"))
        report.kind = GuestKind::command;
    if (!report.generation.empty()) report.hooks = hooks_of(module);
    for (const wasm::Extern& import : module.imports())
        if (import.module == hooks::host_module) report.host_calls.push_back(import.name);
    report.allocator = allocator_of(module);
    for (const auto* side : {&module.exports(), &module.imports()})
        for (const wasm::Extern& item : *side)
            if (item.memory && !report.memory) report.memory = item.memory;
    return report;
}

std::string describe(const ModuleReport& report) {
    switch (report.kind) {
        case GuestKind::hooks:
            return fmt::format("gateway plug-in, generation {}", report.generation);
        case GuestKind::extism:
            return report.generation.empty()
                       ? "Extism plug-in"
                       : "Extism plug-in, also the gateway's (generation extism)";
        case GuestKind::command:
            return "WASI program";
        case GuestKind::plain:
            break;
    }
    return "WebAssembly module";
}

}  // namespace sluice::app
