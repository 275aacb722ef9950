#include "plugin/compiled_plugin_state.hpp"
#include "plugin/kernel.hpp"

#include <sluice/plugin.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace sluice {
namespace {

Bytes read(const std::filesystem::path& path) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    std::ifstream file(path, std::ios::binary);
    if (failure || !file)
        throw Error(ErrorCode::unavailable,
                    fmt::format("cannot read {}: {}", path.string(),
                                failure ? failure.message() : "no permission"));
    Bytes bytes(size);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (static_cast<std::uintmax_t>(file.gcount()) != size)
        throw Error(ErrorCode::unavailable,
                    fmt::format("cannot read {}: it ended early", path.string()));
    return bytes;
}

wasm::Module compile(const Runtime& runtime, const Wasm& wasm) {
    if (const auto* memory = std::get_if<WasmBytes>(&wasm))
        return runtime.state().compile(memory->name.empty() ? "main" : memory->name, memory->bytes);
    const auto& file = std::get<WasmFile>(wasm);
    const Bytes bytes = read(file.path);
    return runtime.state().compile(file.name.empty() ? file.path.stem().string() : file.name,
                                   bytes);
}

wasm::Module compile(const Runtime& runtime, const Manifest& manifest) {
    if (manifest.wasm.size() != 1)
        throw Error(
            ErrorCode::invalid_input,
            fmt::format("a manifest has one module in this version, not {}", manifest.wasm.size()));
    return compile(runtime, manifest.wasm.front());
}

bool imports_kernel(const wasm::Module& module) {
    return std::ranges::find(module.imports(), kernel_imports, &wasm::Extern::module) !=
           module.imports().end();
}

}  // namespace

std::shared_ptr<const CompiledPlugin::State> make_compiled(const Runtime& runtime,
                                                           const wasm::Module& module,
                                                           Manifest manifest,
                                                           PluginOptions options) {
    check_kernel_imports(module);
    manifest.wasm.clear();  // compiled: its bytes are not needed again
    return std::make_shared<const CompiledPlugin::State>(CompiledPlugin::State{
        .runtime = runtime,
        .manifest = std::move(manifest),
        .options = std::move(options),
        .pre = wasm::InstancePre(runtime.state().linker, module),
        .imports_kernel = imports_kernel(module),
    });
}

CompiledPlugin::CompiledPlugin(const Runtime& runtime, Manifest manifest, PluginOptions options) {
    const wasm::Module module = compile(runtime, manifest);
    state_ = make_compiled(runtime, module, std::move(manifest), std::move(options));
}

CompiledPlugin::CompiledPlugin(Manifest manifest, PluginOptions options)
    : CompiledPlugin(Runtime(), std::move(manifest), std::move(options)) {}

CompiledPlugin::CompiledPlugin(std::shared_ptr<const State> state) : state_(std::move(state)) {}

const std::string& CompiledPlugin::name() const noexcept {
    return state_->pre.module().name();
}

}  // namespace sluice
