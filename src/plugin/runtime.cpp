#include <sluice/runtime.hpp>

#include "plugin/kernel.hpp"
#include "plugin/kernel_host.hpp"
#include "plugin/observe_host.hpp"
#include "plugin/old_imports.hpp"
#include "plugin/runtime_state.hpp"

namespace sluice {

PluginEngine::PluginEngine(const wasm::EngineOptions& options)
    : engine(options), linker_without_wasi(engine), linker(engine) {
    // Plug-ins run on their callers' threads from beginning to end, and so do host functions: on
    // their own stacks, as many a language's runtime demands of code that is called back.
    linker.define_wasi(wasm::Waits::block);
}

Runtime::State::State(const RuntimeOptions& options)
    : kernel(kernel_library()), fusion(!is_fusion_off()) {
    if (!options.image_cache.empty()) images.emplace(options.image_cache);
}

std::unique_ptr<PluginEngine> Runtime::State::make_engine(
    const wasm::EngineOptions& options) const {
    auto made = std::make_unique<PluginEngine>(options);
    const wasm::Module compiled_kernel = compile(made->engine, "kernel", as_bytes(kernel_text()));
    for (wasm::Linker* each : {&made->linker, &made->linker_without_wasi}) {
        define_kernel_host(*each);
        observe::define_observe_host(*each);
        each->add_library(std::string(kernel_imports), compiled_kernel);
    }
    return made;
}

const PluginEngine& Runtime::State::engine(wasm::CodeKind kind) const {
    LazyEngine& place = engines_[(kind.counts_fuel ? 1U : 0U) + (kind.copies_data ? 2U : 0U)];
    std::call_once(place.begun,
                   [&] { place.engine = make_engine({.source_lines = true, .code = kind}); });
    return *place.engine;
}

wasm::Module Runtime::State::compile(const wasm::Engine& engine, std::string name, ByteView wasm,
                                     const wasm::MergedLibrary* library) const {
    return compile(engine, std::move(name), wasm, wasm::sha256({wasm}), library);
}

wasm::Module Runtime::State::compile(const wasm::Engine& engine, std::string name, ByteView wasm,
                                     const wasm::Digest& wasm_digest,
                                     const wasm::MergedLibrary* library) const {
    const wasm::ModuleOrigin origin{.engine = engine.raw(),
                                    .wasm = wasm_digest,
                                    .name = name,
                                    .library_id = library == nullptr ? "" : library->id()};
    if (auto module = recent.find(origin)) return *std::move(module);
    wasm::Module made = compile_anew(engine, std::move(name), wasm, wasm_digest, library);
    recent.add(origin, made, wasm.size());
    return made;
}

wasm::Module Runtime::State::compile_anew(const wasm::Engine& engine, std::string name,
                                          ByteView wasm, const wasm::Digest& wasm_digest,
                                          const wasm::MergedLibrary* library) const {
    const std::optional<Bytes> renamed = with_present_imports(name, wasm);
    if (renamed) wasm = *renamed;
    if (!images) return wasm::Module::compile(engine, std::move(name), wasm, library);
    return images->load(engine, std::move(name), wasm, renamed ? wasm::sha256({wasm}) : wasm_digest,
                        library);
}

Runtime::Runtime(const RuntimeOptions& options) : state_(std::make_shared<const State>(options)) {}

std::string_view version() noexcept {
    return SLUICE_VERSION;
}

std::string_view engine_version() noexcept {
    return wasm::engine_version();
}

}  // namespace sluice
