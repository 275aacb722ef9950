#include "hooks/hook_plugin.hpp"

#include "hooks/guest_host.hpp"
#include "hooks/guest_imports.hpp"
#include "hooks/hook_instance.hpp"
#include "hooks/hook_plugin_state.hpp"
#include "plugin/extism_module.hpp"
#include "plugin/kernel.hpp"
#include "plugin/old_imports.hpp"
#include "wasm/engine.hpp"

namespace sluice::hooks {

namespace {

/// Extism's kernel is linked into a guest that imports it, where it can be.
wasm::Module compile(const wasm::Engine& engine, const wasm::ImageCache& cache,
                     const std::string& name, ByteView wasm) {
    if (!imports_kernel(name, wasm)) return cache.load(engine, name, wasm);
    const std::optional<Bytes> renamed = with_present_imports(name, wasm);
    if (renamed) wasm = *renamed;
    if (is_fusion_off()) return cache.load(engine, name, wasm);
    const wasm::MergedLibrary kernel = kernel_library();
    return cache.load(engine, name, wasm, &kernel);
}

}  // namespace

std::shared_ptr<const HookPlugin> HookPlugin::load(const wasm::Engine& engine,
                                                   const wasm::ImageCache& cache, ByteView wasm,
                                                   HookPluginOptions options) {
    wasm::Module module = compile(engine, cache, options.name, wasm);
    const GuestExports exports = check_exports(module);
    wasm::InstancePre pre(guest_imports(engine, module, options), module);
    auto state =
        std::make_unique<State>(std::move(options), std::move(module), std::move(pre), exports);
    state->stack_bytes = engine.options().max_stack_bytes;
    state->config = config_members(state->options.config_json);

    const std::size_t config_bytes = state->options.config_json.size();
    auto trial = std::make_unique<HookInstance>(*state, config_bytes);
    if (!state->exports.is_extism()) state->allocator = trial->probe();
    if (state->allocator == Allocator::counter)  // with the memory that makes up for it
        trial = std::make_unique<HookInstance>(*state, config_bytes);
    state->actual_name = trial->name();
    if (state->actual_name.empty()) state->actual_name = state->options.name;
    trial->init();
    trial->cleanup();
    return std::make_shared<const HookPlugin>(std::move(state));
}

HookPlugin::HookPlugin(std::unique_ptr<State> state) : state_(std::move(state)) {}
HookPlugin::~HookPlugin() = default;

const HookPluginOptions& HookPlugin::options() const noexcept {
    return state_->options;
}
PhaseSet HookPlugin::phases() const noexcept {
    return state_->exports.phases;
}
const std::string& HookPlugin::actual_name() const noexcept {
    return state_->actual_name;
}
std::string_view HookPlugin::generation() const noexcept {
    return state_->exports.generation;
}
std::string_view HookPlugin::hook_name(Phase phase) const noexcept {
    return state_->exports.hook(phase).name;
}
Convention HookPlugin::convention(Phase phase) const noexcept {
    return state_->exports.hook(phase).convention;
}
const wasm::Module& HookPlugin::module() const noexcept {
    return state_->module;
}

PluginUsage& HookPlugin::usage() const noexcept {
    return state_->usage;
}
std::size_t HookPlugin::stack_bytes() const noexcept {
    return state_->stack_bytes;
}

ChunkForm HookPlugin::chunk_form() const noexcept {
    return state_->chunk_form.load(std::memory_order_relaxed);
}

void HookPlugin::remember(ChunkForm form) const noexcept {
    state_->chunk_form.store(form, std::memory_order_relaxed);
}

}  // namespace sluice::hooks
