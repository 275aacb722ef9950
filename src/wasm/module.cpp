#include "wasm/module.hpp"

#include "wasm/code_image.hpp"
#include "wasm/debug_info.hpp"
#include "wasm/engine.hpp"
#include "wasm/failure.hpp"
#include "wasm/handles.hpp"
#include "wasm/merged_library.hpp"
#include "wasm/type_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sluice::wasm {
namespace {

ErrorHandle compile_binary(const Engine& engine, ByteView wasm, wasmtime_module_t*& compiled) {
    const auto* code = reinterpret_cast<const std::uint8_t*>(wasm.data());
    return ErrorHandle(sluice_module_new(engine.raw(), code, wasm.size(), &compiled));
}

bool is_valid(const Engine& engine, ByteView wasm) {
    const auto* code = reinterpret_cast<const std::uint8_t*>(wasm.data());
    return ErrorHandle(wasmtime_module_validate(engine.raw(), code, wasm.size())) == nullptr;
}

/// Nothing when the module has to stay as it is; the engine refuses a wrong one in its own words.
ModuleHandle compile_merged(const Engine& engine, ByteView wasm, const MergedLibrary& library) {
    // Rewritten code stands elsewhere than its line table says.
    if (engine.options().source_lines && has_source_lines(wasm)) return {};
    wasmtime_module_t* compiled = nullptr;
    const auto merged = library.merge(wasm);
    // What a guest uses without having it, a local for instance, may be there in the merged one.
    if (merged && is_valid(engine, wasm))
        const ErrorHandle refused = compile_binary(engine, *merged, compiled);
    return ModuleHandle(compiled);
}

}  // namespace

struct Module::State {
    EngineHandle engine;  // a reference of our own, so that no order of destruction matters
    std::shared_ptr<EpochClock> clock;
    std::string name;
    ModuleHandle module;
    std::vector<Extern> imports;
    std::vector<Extern> exports;
    std::string merged_library;
    CodeKind kind{};
};

Module Module::adopt(const Engine& engine, std::string name, wasmtime_module* compiled,
                     std::string merged_library) {
    ModuleHandle module(compiled);
    auto imports = imports_of(module.get());
    auto exports = exports_of(module.get());
    return Module(std::make_shared<const State>(
        State{EngineHandle(wasmtime_engine_clone(engine.raw())), engine.clock(), std::move(name),
              std::move(module), std::move(imports), std::move(exports), std::move(merged_library),
              engine.options().code}));
}

Module Module::compile(const Engine& engine, std::string name, ByteView wasm,
                       const MergedLibrary* library) {
    Bytes made_of_text;
    if (!is_binary(wasm)) {
        made_of_text = to_binary(name, wasm);
        wasm = made_of_text;
    }
    if (library != nullptr)
        if (ModuleHandle merged = compile_merged(engine, wasm, *library))
            return adopt(engine, std::move(name), merged.release(), library->name());
    wasmtime_module_t* compiled = nullptr;
    check(compile_binary(engine, wasm, compiled).release(), ErrorCode::invalid_input,
          fmt::format("plug-in {}: not a valid module", name));
    return adopt(engine, std::move(name), compiled);
}

Module Module::from_image(const Engine& engine, std::string name, ByteView image,
                          std::string merged_library) {
    ErrorHandle refused;
    ModuleHandle mapped = map_code(engine, image, refused);
    check(refused.release(), ErrorCode::invalid_input,
          fmt::format("plug-in {}: it was compiled for another CPU or with other settings; "
                      "compile it again on a machine like this one",
                      name));
    return adopt(engine, std::move(name), mapped.release(), std::move(merged_library));
}

Bytes Module::image() const {
    ByteVector image;
    check(wasmtime_module_serialize(raw(), image.out()), ErrorCode::internal,
          fmt::format("plug-in {}: the engine does not give its code", name()));
    const ByteView bytes = sluice::as_bytes(std::string_view(image.data(), image.size()));
    return {bytes.begin(), bytes.end()};
}

const std::string& Module::name() const noexcept {
    return state_->name;
}
const std::vector<Extern>& Module::imports() const noexcept {
    return state_->imports;
}
const std::vector<Extern>& Module::exports() const noexcept {
    return state_->exports;
}
const std::string& Module::merged_library() const noexcept {
    return state_->merged_library;
}
CodeKind Module::kind() const noexcept {
    return state_->kind;
}
wasmtime_module* Module::raw() const noexcept {
    return state_->module.get();
}
wasm_engine_t* Module::engine() const noexcept {
    return state_->engine.get();
}
EpochClock& Module::clock() const noexcept {
    return *state_->clock;
}

const FunctionType* Module::exported_function(std::string_view name) const noexcept {
    for (const Extern& item : state_->exports)
        if (item.function && item.name == name) return &*item.function;
    return nullptr;
}

const FunctionType& Module::require(std::string_view name,
                                    std::span<const FunctionType> accepted) const {
    const FunctionType* found = exported_function(name);
    if (found == nullptr)
        throw Error(ErrorCode::missing_export,
                    fmt::format("plug-in {}: no function `{}` is exported", state_->name, name));
    if (std::ranges::find(accepted, *found) != accepted.end()) return *found;
    std::vector<std::string> wanted;
    for (const FunctionType& type : accepted) wanted.push_back(to_string(type));
    throw Error(ErrorCode::invalid_input,
                fmt::format("plug-in {}: the export `{}` has the type {}, not {}", state_->name,
                            name, to_string(*found), fmt::join(wanted, " or ")));
}

bool Module::has_memory() const noexcept {
    return std::ranges::any_of(state_->exports, [](const Extern& item) {
        return item.memory.has_value() && item.name == "memory";
    });
}

}  // namespace sluice::wasm
