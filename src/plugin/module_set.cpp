#include "plugin/module_set.hpp"

#include "plugin/compiled_file.hpp"
#include "plugin/kernel.hpp"
#include "plugin/runtime_state.hpp"
#include "plugin/wasm_source.hpp"
#include "wasm/section_reader.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace sluice {
namespace {

constexpr std::string_view main_name = "main";

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorCode::invalid_input, fmt::format("manifest: {}", why));
}

std::size_t main_of(const std::vector<WasmSource>& sources) {
    std::size_t found = sources.size() - 1;
    for (std::size_t i = 0; i < sources.size(); ++i)
        if (sources[i].name == main_name) found = i;
    return found;
}

void check_names(const std::vector<WasmSource>& sources, std::size_t main) {
    std::map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const std::string& name = sources[i].name;
        if (i != main && name.empty())
            refuse(fmt::format("wasm[{}] needs a name: other modules import from it by that", i));
        if (i != main && name == kernel_imports)
            refuse(fmt::format("wasm[{}] cannot be called {}: that is Extism's own", i, name));
        const auto [place, is_new] = places.emplace(i == main ? main_name : name, i);
        if (!is_new)
            refuse(fmt::format("wasm[{}] and wasm[{}] are both called {}", place->second, i, name));
    }
}

/// Up to this much data a module's instances are made faster with copies of it; the figure is what
/// the kernel takes for the mapping of more.
constexpr std::size_t little_data = 64 << 10;

const wasm::Engine& engine_for(const Runtime& runtime, const PluginOptions& options,
                               std::size_t data_bytes) {
    return runtime.state()
        .engine({.counts_fuel = options.fuel.has_value(), .copies_data = data_bytes <= little_data})
        .engine;
}

/// Sorts parts so that each stands behind those that it imports from.
class Order {
  public:
    explicit Order(const std::map<std::string, wasm::Module>& parts) : parts_(parts) {}

    std::vector<ModulePart> sorted() {
        for (const auto& [name, module] : parts_) visit(name, module);
        return std::move(sorted_);
    }

  private:
    void visit(const std::string& name, const wasm::Module& module) {
        if (std::ranges::find(sorted_, name, &ModulePart::name) != sorted_.end()) return;
        const bool again = std::ranges::find(path_, name) != path_.end();
        path_.push_back(name);
        if (again)
            refuse(fmt::format("its modules import from each other in a circle: {}",
                               fmt::join(std::ranges::find(path_, name), path_.end(), " -> ")));
        for (const wasm::Extern& import : module.imports()) {
            if (import.module == main_name)
                refuse(fmt::format("module {} imports from main, which is made last", name));
            const auto giver = parts_.find(import.module);
            if (giver != parts_.end()) visit(giver->first, giver->second);
        }
        path_.pop_back();
        sorted_.push_back({.name = name, .module = module});
    }

    const std::map<std::string, wasm::Module>& parts_;
    std::vector<std::string> path_{};
    std::vector<ModulePart> sorted_{};
};

}  // namespace

bool replaces_kernel(const PluginOptions& options) noexcept {
    return std::ranges::find(options.functions, kernel_imports, &HostFunction::module) !=
           options.functions.end();
}

ModuleSet compile_alone(const Runtime& runtime, std::string name, ByteView wasm,
                        const PluginOptions& options) {
    const Runtime::State& state = runtime.state();
    const bool fused = state.fusion && options.fusion && !replaces_kernel(options);
    const wasm::Digest digest = wasm::sha256({wasm});
    const wasm::Engine& engine = engine_for(runtime, options, wasm::data_bytes(wasm));
    return {.main = state.compile(engine, std::move(name), wasm, digest,
                                  fused ? &state.kernel : nullptr),
            .main_digest = digest};
}

ModuleSet compile_modules(const Runtime& runtime, const Manifest& manifest,
                          const PluginOptions& options) {
    if (manifest.wasm.empty()) refuse("it lists no module");
    std::vector<WasmSource> sources;
    sources.reserve(manifest.wasm.size());
    for (const Wasm& wasm : manifest.wasm) sources.push_back(load(wasm, manifest));
    for (const WasmSource& source : sources) refuse_compiled(source.label, source.bytes);
    if (sources.size() == 1) {
        ModuleSet set = compile_alone(runtime, sources[0].label, sources[0].bytes, options);
        set.main_names = observed_names(set.main, sources[0].bytes);
        return set;
    }
    const std::size_t main = main_of(sources);
    check_names(sources, main);
    // All of them run in one store, and so on one engine.
    std::size_t data_bytes = 0;
    for (const WasmSource& source : sources) data_bytes += wasm::data_bytes(source.bytes);
    const wasm::Engine& engine = engine_for(runtime, options, data_bytes);
    const auto compiled = [&](const std::string& name, const WasmSource& source) {
        return runtime.state().compile(engine, name, source.bytes);
    };
    std::map<std::string, wasm::Module> parts;
    for (std::size_t i = 0; i < sources.size(); ++i)
        if (i != main) parts.emplace(sources[i].name, compiled(sources[i].name, sources[i]));
    ModuleSet set{.main = compiled(sources[main].label, sources[main]),
                  .main_digest = wasm::sha256({sources[main].bytes}),
                  .parts = Order(parts).sorted()};
    set.main_names = observed_names(set.main, sources[main].bytes);
    for (ModulePart& part : set.parts)
        part.digest =
            wasm::sha256({std::ranges::find(sources, part.name, &WasmSource::name)->bytes});
    return set;
}

}  // namespace sluice
