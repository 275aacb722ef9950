#pragma once

#include "wasm/module.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::app {

/// Whom a module was written for.
enum class GuestKind {
    hooks,    ///< the gateway: its hook ABI
    extism,   ///< any Extism host
    command,  ///< a WASI program: `_start`
    plain,    ///< somebody else
};

/// Read off a module's imports and exports; nothing is run.
struct ModuleReport {
    GuestKind kind = GuestKind::plain;
    /// "A", "B" or "C" for hooks, "extism" for an Extism guest that exports some, otherwise empty.
    std::string_view generation{};
    std::vector<std::string> hooks{};
    std::vector<std::string> host_calls{};  ///< that it imports
    std::string allocator{};  ///< "malloc(size), free(pointer, size)"; empty when it has none
    std::optional<wasm::MemoryType> memory{};
};

/// Source: the facts page of the gateway, 1.2 to 1.4, for the generations.
ModuleReport report_on(const wasm::Module& module);

/// "hook ABI, generation C", "Extism", ...
std::string describe(const ModuleReport& report);

}  // namespace sluice::app
