#include "app/module_report.hpp"

#include "hooks/phase.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::app {
namespace {

using wasm::Module;

// The HTTP hook that generations A and B had in place of C's pair.
constexpr std::string_view hook_of_a = "http_transport_intercept";
constexpr std::string_view hook_of_b = "http_intercept";

bool exports(const Module& module, std::string_view name) {
    return module.exported_function(name) != nullptr;
}

std::size_t arity(const Module& module, std::string_view name) {
    const wasm::FunctionType* type = module.exported_function(name);
    return type == nullptr ? 0 : type->parameters.size();
}

/// Which names and arities a module has tells its generation; B and C share most of them.
std::string_view generation_of(const Module& module) {
    using hooks::Phase;
    const auto name = hooks::export_name;
    if (exports(module, hook_of_a)) return "A";
    if (exports(module, name(Phase::http_pre)) || exports(module, name(Phase::http_post)))
        return "C";
    if (exports(module, hook_of_b)) return "B";
    if (arity(module, name(Phase::pre)) == 4 || arity(module, name(Phase::post)) == 6) return "A";
    const bool any = std::ranges::any_of(
        hooks::all_phases, [&](Phase phase) { return arity(module, name(phase)) == 2; });
    return any ? "C" : "";
}

std::vector<std::string> hooks_of(const Module& module) {
    std::vector<std::string> found;
    const auto add = [&](std::string_view name) {
        if (exports(module, name)) found.emplace_back(name);
    };
    add(hook_of_a);
    add(hook_of_b);
    for (const hooks::Phase phase : hooks::all_phases) add(hooks::export_name(phase));
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
    report.generation = extism ? "" : generation_of(module);
    if (extism)
        report.kind = GuestKind::extism;
    else if (!report.generation.empty())
        report.kind = GuestKind::hooks;
    else if (exports(module, "_start"))
        report.kind = GuestKind::command;
    if (report.kind == GuestKind::hooks) report.hooks = hooks_of(module);
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
            return "Extism plug-in";
        case GuestKind::command:
            return "WASI program";
        case GuestKind::plain:
            break;
    }
    return "WebAssembly module";
}

}  // namespace sluice::app
