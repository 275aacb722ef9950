#include "wasm/engine.hpp"
#include "wasm/failure.hpp"
#include "wasm/instance.hpp"
#include "wasm/instance_state.hpp"
#include "wasm/type_reader.hpp"

#include <fmt/format.h>

#include <cstring>

/// Several modules in one store: libraries that every instance of a module gets a copy of.
namespace sluice::wasm {
namespace {

static_assert(sizeof(MemoryRef) >= sizeof(wasmtime_memory_t));

wasm_trap_t* never_called(void*, wasmtime_caller_t*, wasmtime_val_raw_t*, std::size_t) {
    constexpr std::string_view text = "stands in for a library's function";
    return wasmtime_trap_new(text.data(), text.size());
}

std::string context_of(const Module& module) {
    return fmt::format("failed to instantiate WASM module: plug-in {}", module.name());
}

PreHandle prepare(const wasmtime_linker_t& linker, const Module& module) {
    wasmtime_instance_pre_t* pre = nullptr;
    check(wasmtime_linker_instantiate_pre(&linker, module.raw(), &pre), ErrorCode::invalid_input,
          context_of(module));
    return PreHandle(pre);
}

/// The engine would say the same without naming the import.
void require_type(const Module& module, const Extern& import, const FunctionType& type) {
    if (import.function == type) return;
    throw Error(ErrorCode::invalid_input,
                fmt::format("{}: the import `{}::{}` is {}, but a function {} is offered",
                            context_of(module), import.module, import.name,
                            import.function ? to_string(*import.function) : "no function",
                            to_string(type)));
}

bool defines(const wasmtime_linker_t& linker, wasmtime_context_t* context, const Extern& import) {
    wasmtime_extern_t item{};
    return wasmtime_linker_get(&linker, context, import.module.data(), import.module.size(),
                               import.name.data(), import.name.size(), &item);
}

}  // namespace

void prepare_libraries(const Linker& linker, InstancePre::State& pre) {
    const Linker::State& from = linker.state();
    if (from.libraries.empty()) return;
    const StoreHandle scratch(wasmtime_store_new(pre.module.engine(), nullptr, nullptr));
    wasmtime_context_t* context = wasmtime_store_context(scratch.get());
    pre.linker.reset(wasmtime_linker_clone(from.linker.get()));
    // Stand-ins, so that the engine finds every import that nobody offers before there is a store.
    const LinkerHandle typed(wasmtime_linker_clone(from.linker.get()));
    for (const auto& library : from.libraries) {
        InstancePre::State::Library used{library.name, library.module, {}};
        for (const Extern& import : pre.module.imports()) {
            const FunctionType* type = library.module.exported_function(import.name);
            if (import.module != library.name || type == nullptr ||
                std::ranges::find(used.imported, import.name) != used.imported.end() ||
                defines(*from.linker, context, import))
                continue;
            require_type(pre.module, import, *type);
            const FunctionTypeHandle c_type = to_c(*type);
            check(wasmtime_linker_define_func_unchecked(
                      typed.get(), import.module.data(), import.module.size(), import.name.data(),
                      import.name.size(), c_type.get(), never_called, nullptr, nullptr),
                  ErrorCode::internal, context_of(pre.module));
            used.imported.push_back(import.name);
        }
        if (used.imported.empty()) continue;
        used.pre = prepare(*from.linker, used.module);
        pre.libraries.push_back(std::move(used));
    }
    prepare(*typed, pre.module);
}

PreHandle Instance::State::link_libraries(const InstancePre::State& pre) {
    const LinkerHandle linker(wasmtime_linker_clone(pre.linker.get()));
    libraries.reserve(pre.libraries.size());
    for (const auto& library : pre.libraries) {
        Library& copy = libraries.emplace_back(Library{library.name, library.module});
        instantiate(*library.pre, copy.instance);
        for (const std::string& name : library.imported) {
            const wasmtime_extern_t item = library_export(library.name, name);
            check(wasmtime_linker_define(linker.get(), context, library.name.data(),
                                         library.name.size(), name.data(), name.size(), &item),
                  ErrorCode::internal, context_of(module));
        }
    }
    return prepare(*linker, module);
}

wasmtime_extern_t Instance::State::library_export(std::string_view library,
                                                  std::string_view name) const {
    wasmtime_extern_t item{};
    for (const Library& each : libraries)
        if (each.name == library &&
            wasmtime_instance_export_get(context, &each.instance, name.data(), name.size(), &item))
            return item;
    throw Error(ErrorCode::missing_export,
                fmt::format("plug-in {}: no library `{}` with an export `{}` was linked",
                            module.name(), library, name));
}

Function Instance::library_function(std::string_view library, std::string_view name) const {
    const wasmtime_extern_t item = state_->library_export(library, name);
    for (const State::Library& each : state_->libraries) {
        const FunctionType* type =
            each.name == library ? each.module.exported_function(name) : nullptr;
        if (type != nullptr) return {item.of.func.store_id, item.of.func.__private, type};
    }
    throw Error(ErrorCode::missing_export,
                fmt::format("plug-in {}: the export `{}` of library `{}` is no function",
                            state_->module.name(), name, library));
}

MemoryRef Instance::library_memory(std::string_view library, std::string_view name) const {
    const wasmtime_extern_t item = state_->library_export(library, name);
    if (item.kind != WASMTIME_EXTERN_MEMORY)
        throw Error(ErrorCode::missing_export,
                    fmt::format("plug-in {}: the export `{}` of library `{}` is no memory",
                                state_->module.name(), name, library));
    MemoryRef reference;
    std::memcpy(reference.handle.data(), &item.of.memory, sizeof(wasmtime_memory_t));
    return reference;
}

std::span<std::byte> Instance::memory(const MemoryRef& reference) noexcept {
    wasmtime_memory_t memory{};
    std::memcpy(&memory, reference.handle.data(), sizeof(wasmtime_memory_t));
    return {reinterpret_cast<std::byte*>(wasmtime_memory_data(state_->context, &memory)),
            wasmtime_memory_data_size(state_->context, &memory)};
}

}  // namespace sluice::wasm
