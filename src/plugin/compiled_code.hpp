#pragma once

#include "plugin/module_set.hpp"

#include <sluice/plugin.hpp>

#include <filesystem>

namespace sluice {

/// Compiled modules in a file and back. Blocks and errors: as CompiledPlugin::save and load.
void save_modules(const Runtime& runtime, const ModuleSet& modules,
                  const std::filesystem::path& file);
ModuleSet load_modules(const Runtime& runtime, const std::filesystem::path& file,
                       const LoadOptions& rules);

}  // namespace sluice
