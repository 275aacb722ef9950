#include "plugin/compiled_code.hpp"
#include "plugin/compiled_plugin_state.hpp"
#include "plugin/host_patterns.hpp"
#include "plugin/kernel.hpp"
#include "plugin/kernel_host.hpp"

#include <sluice/plugin.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <optional>

namespace sluice {
namespace {

void check(const HostFunction& function) {
    const auto is_number = [](ValueType type) {
        return type != ValueType::v128 && type != ValueType::reference;
    };
    if (!function.function)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("host function {}::{}: nothing is to be called", function.module,
                                function.name));
    if (!std::ranges::all_of(function.type.parameters, is_number) ||
        !std::ranges::all_of(function.type.results, is_number))
        throw Error(ErrorCode::invalid_input,
                    fmt::format("host function {}::{}: {} has vectors or references, which cannot "
                                "cross the border",
                                function.module, function.name, to_string(function.type)));
}

void define(wasm::Linker& linker, const HostFunction& function) {
    check(function);
    linker.define(
        function.module, function.name, function.type,
        [call = function.function](wasm::Caller& caller, std::span<Value> values) {
            CurrentPlugin plugin(caller);
            std::any_cast<KernelHost*>(caller.data())->serve([&] { call(plugin, values); });
        });
}

/// What this plug-in's modules may import beside `shared`. Nothing when that is all.
std::optional<wasm::Linker> own_linker(const wasm::Linker& shared,
                                       const std::vector<ModulePart>& parts,
                                       const PluginOptions& options) {
    if (parts.empty() && options.functions.empty()) return std::nullopt;
    wasm::Linker linker(shared);
    for (const HostFunction& function : options.functions) define(linker, function);
    for (const ModulePart& part : parts)
        linker.add_library(part.name, part.module, wasm::LibraryRole::part);
    return linker;
}

/// Only saved code can get here with both.
void check_kernel_functions(const wasm::Module& main, const PluginOptions& options) {
    if (main.merged_library().empty() || !replaces_kernel(options)) return;
    throw Error(ErrorCode::invalid_input,
                fmt::format("plug-in {}: it was compiled with Extism's functions in it, so none of "
                            "{} can be replaced; compile it without fusion",
                            main.name(), kernel_imports));
}

/// Only saved code can get here without the means to count.
void check_fuel(const wasm::Module& main, const PluginOptions& options) {
    if (!options.fuel || main.kind().counts_fuel) return;
    throw Error(ErrorCode::invalid_input,
                fmt::format("plug-in {}: it was compiled without a fuel limit and cannot get one "
                            "now; compile it with PluginOptions::fuel, or `sluice compile --fuel`",
                            main.name()));
}

}  // namespace

std::shared_ptr<const CompiledPlugin::State> make_compiled(const Runtime& runtime,
                                                           ModuleSet modules, Manifest manifest,
                                                           PluginOptions options) {
    check_kernel_imports(modules.main);
    check_kernel_functions(modules.main, options);
    check_fuel(modules.main, options);
    for (const ModulePart& part : modules.parts) check_kernel_imports(part.module);
    check_host_patterns(manifest.allowed_hosts);
    manifest.wasm.clear();  // compiled: its bytes are not needed again
    const PluginEngine& engine = runtime.state().engine(modules.main.kind());
    const wasm::Linker& shared = options.wasi ? engine.linker : engine.linker_without_wasi;
    const auto own = own_linker(shared, modules.parts, options);
    wasm::InstancePre pre(own ? *own : shared, modules.main);
    const bool has_kernel = pre.has_library(kernel_imports);
    return std::make_shared<const CompiledPlugin::State>(CompiledPlugin::State{
        .runtime = runtime,
        .manifest = std::move(manifest),
        .options = std::move(options),
        .pre = std::move(pre),
        .digest = modules.main_digest,
        .names = std::move(modules.main_names),
        .parts = std::move(modules.parts),
        .has_kernel = has_kernel,
    });
}

CompiledPlugin::CompiledPlugin(const Runtime& runtime, Manifest manifest, PluginOptions options) {
    ModuleSet modules = compile_modules(runtime, manifest, options);
    state_ = make_compiled(runtime, std::move(modules), std::move(manifest), std::move(options));
}

CompiledPlugin::CompiledPlugin(Manifest manifest, PluginOptions options)
    : CompiledPlugin(Runtime(), std::move(manifest), std::move(options)) {}

CompiledPlugin::CompiledPlugin(std::shared_ptr<const State> state) : state_(std::move(state)) {}

void CompiledPlugin::save(const std::filesystem::path& file) const {
    save_modules(
        state_->runtime,
        {.main = state_->pre.module(), .main_digest = state_->digest, .parts = state_->parts},
        file);
}

CompiledPlugin CompiledPlugin::load(const Runtime& runtime, const std::filesystem::path& file,
                                    Manifest manifest, PluginOptions options,
                                    const LoadOptions& rules) {
    if (!manifest.wasm.empty())
        throw Error(ErrorCode::invalid_input,
                    fmt::format("manifest: it lists modules, but those of {} are in that file",
                                file.string()));
    return CompiledPlugin(make_compiled(runtime, load_modules(runtime, file, rules),
                                        std::move(manifest), std::move(options)));
}

const std::string& CompiledPlugin::name() const noexcept {
    return state_->pre.module().name();
}

std::vector<ExportedFunction> CompiledPlugin::exported_functions() const {
    std::vector<ExportedFunction> functions;
    for (const wasm::Extern& item : state_->pre.module().exports())
        if (item.function && state_->is_guests(item.name))
            functions.push_back({item.name, *item.function});
    return functions;
}

}  // namespace sluice
