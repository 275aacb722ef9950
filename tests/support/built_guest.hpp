#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::tests {

/// A guest that tools/build_plugins has made: in `$SLUICE_PLUGINS_OUT`, which that script knows as
/// well, else in build/plugins.
inline std::filesystem::path built_guest(std::string_view name) {
    const char* chosen = std::getenv("SLUICE_PLUGINS_OUT");
    const std::filesystem::path folder = chosen == nullptr ? SLUICE_PLUGINS_DIR : chosen;
    std::filesystem::path file = folder / (std::string(name) + ".wasm");
    if (!std::filesystem::exists(file))
        throw std::runtime_error(file.string() + " is not there: `make plugins` builds it");
    return file;
}

}  // namespace sluice::tests
