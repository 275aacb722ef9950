#include "plugin/extism_module.hpp"

#include "plugin/kernel.hpp"
#include "plugin/old_imports.hpp"
#include "wasm/import_names.hpp"
#include "wasm/merged_library.hpp"

#include <algorithm>
#include <optional>

namespace sluice {

bool imports_kernel(std::string_view name, ByteView wasm) {
    const bool binary = wasm::is_binary(wasm);
    if (!binary && as_text(wasm).find("extism") == std::string_view::npos) return false;
    bool found = false;
    const auto look = [&](const wasm::ImportName& import) -> std::optional<wasm::ImportName> {
        found = found || import.module == kernel_imports || present_name(import);
        return std::nullopt;
    };
    if (binary)
        wasm::rename_imports(wasm, look);
    else
        wasm::rename_imports(wasm::to_binary(name, wasm), look);
    return found;
}

bool imports_kernel(const wasm::Module& module) noexcept {
    return module.merged_library() == kernel_imports ||
           std::ranges::find(module.imports(), kernel_imports, &wasm::Extern::module) !=
               module.imports().end();
}

bool is_extism_function(const wasm::FunctionType& type) noexcept {
    return type.parameters.empty() &&
           (type.results.empty() ||
            (type.results.size() == 1 && type.results[0] == wasm::ValueType::i32));
}

std::vector<std::string_view> start_functions(const wasm::Module& module) {
    constexpr auto i32 = wasm::ValueType::i32;
    const auto exports = [&module](std::string_view name, const wasm::FunctionType& type) {
        const wasm::FunctionType* exported = module.exported_function(name);
        return exported != nullptr && *exported == type;
    };
    std::vector<std::string_view> found;
    const auto run_if_exported = [&](std::string_view name) {
        if (exports(name, {})) found.push_back(name);
    };
    if (exports("hs_init", {.parameters = {i32, i32}, .results = {}})) {
        run_if_exported("_initialize");
        found.emplace_back("hs_init");
        return found;
    }
    run_if_exported("__wasm_call_ctors");
    if (found.empty()) run_if_exported("_initialize");
    return found;
}

}  // namespace sluice
