#include "hooks/generation.hpp"

#include "plugin/extism_module.hpp"

#include <algorithm>

namespace sluice::hooks {

namespace {

bool exports_extism_hook(const wasm::Module& module) {
    return std::ranges::any_of(all_phases, [&module](Phase phase) {
        const wasm::FunctionType* type = module.exported_function(export_name(phase));
        return type != nullptr && is_extism_function(*type);
    });
}

}  // namespace

std::string_view generation_of(const wasm::Module& module) {
    if (imports_kernel(module)) return exports_extism_hook(module) ? extism_generation : "";
    const auto exports = [&module](std::string_view name) {
        return module.exported_function(name) != nullptr;
    };
    const auto fits = [&module](const HookSpelling& spelling) {
        const wasm::FunctionType* type = module.exported_function(spelling.name);
        return type != nullptr && type->parameters.size() == spelling.parameters;
    };
    const auto fits_separate = [&fits](const HookSpelling& spelling) {
        return spelling.convention == Convention::separate && fits(spelling);
    };
    if (exports("http_transport_intercept")) return "A";
    if (exports("http_pre_hook") || exports("http_post_hook")) return "C";
    if (exports("http_intercept")) return "B";
    if (std::ranges::any_of(hook_spellings, fits_separate)) return "A";
    // What is left is the same in B and C.
    return std::ranges::any_of(hook_spellings, fits) ? "C" : "";
}

}  // namespace sluice::hooks
