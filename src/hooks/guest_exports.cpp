#include "hooks/guest_exports.hpp"

#include "plugin/extism_module.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <vector>

namespace sluice::hooks {
namespace {

using wasm::Extern;
using wasm::ExternKind;
using wasm::FunctionType;
using wasm::ValueType;

constexpr ValueType i32 = ValueType::i32;
constexpr ValueType i64 = ValueType::i64;

[[noreturn]] void refuse(const wasm::Module& module, ErrorCode code, const std::string& why) {
    throw Error(
        code, fmt::format("failed to instantiate WASM module: plug-in {}: {}", module.name(), why));
}

const Extern* find_export(const wasm::Module& module, std::string_view name) {
    const auto found = std::ranges::find(module.exports(), name, &Extern::name);
    return found == module.exports().end() ? nullptr : &*found;
}

/// The index of the type that `name` has among `accepted`; -1 when it is not exported.
int check_function(const wasm::Module& module, std::string_view name,
                   const std::vector<FunctionType>& accepted) {
    const Extern* item = find_export(module, name);
    if (item == nullptr) return -1;
    if (!item->function)
        refuse(module, ErrorCode::invalid_input,
               fmt::format("the export \"{}\" is no function", name));
    const auto found = std::ranges::find(accepted, *item->function);
    if (found != accepted.end()) return static_cast<int>(found - accepted.begin());
    std::vector<std::string> expected;
    expected.reserve(accepted.size());
    for (const FunctionType& type : accepted) expected.push_back(wasm::to_string(type));
    refuse(module, ErrorCode::invalid_input,
           fmt::format("the export \"{}\" has the signature {}, expected {}", name,
                       wasm::to_string(*item->function), fmt::join(expected, " or ")));
}

/// The name when it is exported with one of the accepted types, else an empty one.
std::string_view optional_function(const wasm::Module& module, std::string_view name,
                                   const std::vector<FunctionType>& accepted) {
    return check_function(module, name, accepted) < 0 ? std::string_view() : name;
}

void find_allocator(const wasm::Module& module, GuestExports& exports) {
    const std::vector<FunctionType> malloc_types{{{i32}, {i32}}};
    const std::vector<FunctionType> free_types{
        {{i32}, {}}, {{i32, i32}, {}}, {{i32}, {i32}}, {{i32, i32}, {i32}}};
    for (const std::string_view prefix : {"plugin_", ""}) {
        const Extern* malloc = find_export(module, fmt::format("{}malloc", prefix));
        if (malloc == nullptr) continue;
        exports.malloc = optional_function(module, malloc->name, malloc_types);
        if (const Extern* free = find_export(module, fmt::format("{}free", prefix))) {
            const int type = check_function(module, free->name, free_types);
            exports.free = free->name;
            exports.free_takes_size = type % 2 == 1;
        }
        return;
    }
    refuse(module, ErrorCode::missing_export,
           "the export \"malloc\" (or \"plugin_malloc\") is missing");
}

/// The spelling of `name` that the module exports; nothing when it exports no such name.
const HookSpelling* find_spelling(const wasm::Module& module, std::string_view name) {
    std::vector<FunctionType> types;
    std::vector<const HookSpelling*> spellings;
    for (const HookSpelling& spelling : hook_spellings) {
        if (spelling.name != name) continue;
        types.push_back({std::vector<ValueType>(spelling.parameters, i32), {i64}});
        spellings.push_back(&spelling);
    }
    const int type = check_function(module, name, types);
    return type < 0 ? nullptr : spellings[static_cast<std::size_t>(type)];
}

void find_hooks(const wasm::Module& module, GuestExports& exports) {
    std::vector<std::string_view> names;
    for (const HookSpelling& known : hook_spellings) {
        if (std::ranges::find(names, known.name) != names.end()) continue;
        names.push_back(known.name);
        const HookSpelling* found = find_spelling(module, known.name);
        if (found == nullptr || exports.phases.has(known.phase)) continue;
        exports.phases.add(known.phase);
        exports.hooks[static_cast<std::size_t>(known.phase)] = {found->name, found->convention};
    }
    if (exports.phases.empty())
        refuse(module, ErrorCode::missing_export,
               fmt::format("it exports none of the hooks {}", fmt::join(names, ", ")));
    exports.generation = generation_of(module);
}

/// The name when it is exported with a type that Extism knows, else an empty one.
std::string_view extism_function(const wasm::Module& module, std::string_view name) {
    return optional_function(module, name, {{{}, {i32}}, {{}, {}}});
}

GuestExports check_extism_exports(const wasm::Module& module) {
    GuestExports exports{.generation = extism_generation};
    std::vector<std::string_view> names;
    for (const Phase phase : all_phases) {
        names.push_back(export_name(phase));
        const std::string_view found = extism_function(module, names.back());
        if (found.empty()) continue;
        exports.phases.add(phase);
        exports.hooks[static_cast<std::size_t>(phase)] = {found, Convention::envelope};
    }
    if (exports.phases.empty())
        refuse(module, ErrorCode::missing_export,
               fmt::format("it is an Extism plug-in that exports none of the hooks {}",
                           fmt::join(names, ", ")));
    exports.start = start_functions(module);
    exports.get_name = extism_function(module, "get_name");
    exports.init = extism_function(module, "init");
    exports.cleanup = extism_function(module, "cleanup");
    return exports;
}

}  // namespace

GuestExports check_exports(const wasm::Module& module) {
    if (imports_kernel(module)) return check_extism_exports(module);
    const Extern* memory = find_export(module, "memory");
    if (memory == nullptr || memory->kind != ExternKind::memory)
        refuse(module, ErrorCode::missing_export, "the export \"memory\" is missing");
    GuestExports exports;
    find_allocator(module, exports);
    find_hooks(module, exports);
    const std::vector<FunctionType> nothing{{{}, {}}};
    exports.reset = optional_function(module, "plugin_reset", nothing);
    for (const std::string_view name : {"_initialize", "_start"})
        if (exports.start.empty() && !optional_function(module, name, nothing).empty())
            exports.start.push_back(name);
    exports.get_name = optional_function(module, "get_name", {{{}, {i64}}});
    exports.init = optional_function(module, "init", {{{i32, i32}, {i32}}});
    exports.cleanup = optional_function(module, "cleanup", {{{}, {i32}}});
    return exports;
}

}  // namespace sluice::hooks
