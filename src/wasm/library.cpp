#include "wasm/engine.hpp"
#include "wasm/failure.hpp"
#include "wasm/handles.hpp"
#include "wasm/instance.hpp"
#include "wasm/instance_state.hpp"
#include "wasm/type_reader.hpp"

#include <fmt/format.h>

#include <cstring>

/// Several modules in one store: libraries that every instance of a module gets a copy of.
namespace sluice::wasm {
namespace {

static_assert(sizeof(MemoryRef) >= sizeof(wasmtime_memory_t));

wasmtime_memory_t raw(const MemoryRef& reference) noexcept {
    wasmtime_memory_t memory{};
    std::memcpy(&memory, reference.handle.data(), sizeof(wasmtime_memory_t));
    return memory;
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

using OfferedLibrary = Linker::State::Library;

const Extern* find_export(const Module& module, std::string_view name) {
    const auto found = std::ranges::find(module.exports(), name, &Extern::name);
    return found == module.exports().end() ? nullptr : &*found;
}

/// What a module that is being linked can import, and from whom.
class Offers {
  public:
    Offers(const Linker::State& linker, const Module& main) : linker_(linker), main_(main) {}

    /// The library that gives `import`; nothing when a definition does. `before` is how many
    /// libraries are there when the importing module is made.
    /// Errors: \throws Error invalid_input when nobody gives it or its type is another.
    const OfferedLibrary* giver(const Extern& import, std::size_t before) const {
        if (const auto* part = library(import, before, LibraryRole::part)) return part;
        const auto defined = linker_.offered.find({import.module, import.name});
        if (defined != linker_.offered.end()) {
            require_type(import, defined->second);
            return nullptr;
        }
        if (const auto* offered = library(import, before, LibraryRole::offered)) return offered;
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}: unknown import: `{}::{}` has not been defined",
                                context_of(main_), import.module, import.name));
    }

  private:
    const OfferedLibrary* library(const Extern& import, std::size_t before,
                                  LibraryRole role) const {
        for (const OfferedLibrary& each : std::span(linker_.libraries).first(before)) {
            if (each.role != role || each.name != import.module) continue;
            const Extern* item = find_export(each.module, import.name);
            if (item == nullptr) continue;
            if (role == LibraryRole::offered && item->kind != ExternKind::function) continue;
            if (item->kind != import.kind)
                throw Error(ErrorCode::invalid_input,
                            fmt::format("{}: the import `{}::{}` is of another kind than what the "
                                        "module exports",
                                        context_of(main_), import.module, import.name));
            if (item->function) require_type(import, *item->function);
            return &each;
        }
        return nullptr;
    }

    /// The engine would say the same without naming the import.
    void require_type(const Extern& import, const FunctionType& type) const {
        if (import.function == type) return;
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}: the import `{}::{}` is {}, but a function {} is offered",
                                context_of(main_), import.module, import.name,
                                import.function ? to_string(*import.function) : "no function",
                                to_string(type)));
    }

    const Linker::State& linker_;
    const Module& main_;
};

}  // namespace

void prepare_libraries(const Linker& linker, InstancePre::State& pre) {
    const Linker::State& from = linker.state();
    if (from.libraries.empty()) return;
    const Offers offers(from, pre.module);
    const std::size_t count = from.libraries.size();
    std::vector<std::vector<std::string>> imported(count);  // exports that are taken, by library
    std::vector<bool> stands_alone(count, true);
    const auto take = [&](const Module& importer, std::size_t before) {
        bool alone = true;
        for (const Extern& import : importer.imports()) {
            const OfferedLibrary* giver = offers.giver(import, before);
            if (giver == nullptr) continue;
            alone = false;
            auto& names = imported[static_cast<std::size_t>(giver - from.libraries.data())];
            if (std::ranges::find(names, import.name) == names.end()) names.push_back(import.name);
        }
        return alone;
    };
    take(pre.module, count);
    // From the last to the first: whoever imports has been looked at before whoever gives.
    for (std::size_t i = count; i-- > 0;) {
        const OfferedLibrary& library = from.libraries[i];
        if (library.role == LibraryRole::part || !imported[i].empty())
            stands_alone[i] = take(library.module, i);
    }
    for (std::size_t i = 0; i < count; ++i) {
        const OfferedLibrary& library = from.libraries[i];
        if (library.role != LibraryRole::part && imported[i].empty()) continue;
        auto& used = pre.libraries.emplace_back(
            InstancePre::State::Library{library.name, library.module, {}, std::move(imported[i])});
        if (stands_alone[i]) used.pre = prepare(*from.linker, used.module);
    }
    if (pre.libraries.empty()) return;
    pre.linker.reset(wasmtime_linker_clone(from.linker.get()));
    wasmtime_linker_allow_shadowing(pre.linker.get(), true);
}

bool InstancePre::has_library(std::string_view name) const noexcept {
    if (!name.empty() && state_->module.merged_library() == name) return true;
    return std::ranges::find(state_->libraries, name, &State::Library::name) !=
           state_->libraries.end();
}

PreHandle Instance::State::link_libraries(const InstancePre::State& pre) {
    const LinkerHandle linker(wasmtime_linker_clone(pre.linker.get()));
    libraries.reserve(pre.libraries.size());
    for (const auto& library : pre.libraries) {
        Library& copy = libraries.emplace_back(Library{library.name, library.module});
        const PreHandle linked = library.pre ? PreHandle() : prepare(*linker, library.module);
        instantiate(library.pre ? *library.pre : *linked, copy.instance);
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
    if (!library.empty() && library == module.merged_library() && own_export(name, item))
        return item;
    for (const Library& each : libraries)
        if (each.name == library &&
            wasmtime_instance_export_get(context, &each.instance, name.data(), name.size(), &item))
            return item;
    throw Error(ErrorCode::missing_export,
                fmt::format("plug-in {}: no library `{}` with an export `{}` was linked",
                            module.name(), library, name));
}

bool Instance::State::own_export(std::string_view name, wasmtime_extern_t& item) const {
    if (is_made)
        return wasmtime_instance_export_get(context, &instance, name.data(), name.size(), &item);
    return caller != nullptr && wasmtime_caller_export_get(caller, name.data(), name.size(), &item);
}

Function Instance::library_function(std::string_view library, std::string_view name) const {
    const wasmtime_extern_t item = state_->library_export(library, name);
    const FunctionType* own = library == state_->module.merged_library()
                                  ? state_->module.exported_function(name)
                                  : nullptr;
    if (own != nullptr) return {item.of.func.store_id, item.of.func.__private, own};
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

bool Instance::grow_memory(const MemoryRef& reference, std::uint64_t pages) {
    const wasmtime_memory_t memory = raw(reference);
    std::uint64_t previous = 0;
    const ErrorHandle refused(wasmtime_memory_grow(state_->context, &memory, pages, &previous));
    return refused == nullptr;
}

std::span<std::byte> Instance::memory(const MemoryRef& reference) noexcept {
    const wasmtime_memory_t memory = raw(reference);
    return {reinterpret_cast<std::byte*>(wasmtime_memory_data(state_->context, &memory)),
            wasmtime_memory_data_size(state_->context, &memory)};
}

}  // namespace sluice::wasm
