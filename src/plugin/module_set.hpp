#pragma once

#include "plugin/function_names.hpp"
#include "wasm/image_file.hpp"
#include "wasm/module.hpp"

#include <sluice/manifest.hpp>
#include <sluice/plugin.hpp>
#include <sluice/runtime.hpp>

#include <string>
#include <vector>

namespace sluice {

/// A module that others import from by name.
struct ModulePart {
    std::string name;
    wasm::Module module;
    wasm::Digest digest{};  ///< of its WebAssembly, binary or text
};

/// The modules of a plug-in, compiled.
struct ModuleSet {
    wasm::Module main;
    wasm::Digest main_digest{};
    /// Null where observation needs none, and for code that was saved.
    std::shared_ptr<const FunctionNames> main_names{};
    std::vector<ModulePart> parts{};  ///< each behind those that it imports from
};

/// Reads and compiles what a manifest lists, and puts it in the order in which it is linked.
///
/// One module is the main one whatever its name; of several it is the one called `main`, or else
/// the last. The others need names, all different. Blocks and errors: as CompiledPlugin's
/// constructor.
ModuleSet compile_modules(const Runtime& runtime, const Manifest& manifest,
                          const PluginOptions& options);

/// Whether `options` bring functions of their own in the place of Extism's.
bool replaces_kernel(const PluginOptions& options) noexcept;

/// Compiles a plug-in's only module, with the kernel linked into it where `options` allow that.
/// Blocks and errors: as wasm::Module::compile.
ModuleSet compile_alone(const Runtime& runtime, std::string name, ByteView wasm,
                        const PluginOptions& options);

}  // namespace sluice
