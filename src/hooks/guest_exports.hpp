#pragma once

#include "hooks/generation.hpp"
#include "hooks/phase.hpp"
#include "wasm/module.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace sluice::hooks {

/// What a module exports of the hook ABI, found and checked once. Names are empty where the guest
/// has no such export.
struct GuestExports {
    std::string_view malloc{};
    std::string_view free{};
    bool free_takes_size = false;  ///< `free(ptr, size)`, as Rust needs it
    std::string_view reset{};      ///< `plugin_reset`: forgets everything that was allocated
    std::vector<std::string_view> start{};  ///< `_initialize`, ...: once, before anything else
    std::string_view get_name{};
    std::string_view init{};
    std::string_view cleanup{};
    PhaseSet phases{};
    std::string_view generation{};  ///< "A", "B", "C" or "extism"
    /// Then there is no allocator, and functions take nothing and give a status or nothing.
    bool is_extism() const noexcept { return generation == extism_generation; }

    /// The export that is called for a phase; an empty name when there is none.
    struct Hook {
        std::string_view name{};
        Convention convention = Convention::envelope;
    };
    std::array<Hook, all_phases.size()> hooks{};
    const Hook& hook(Phase phase) const noexcept { return hooks[static_cast<std::size_t>(phase)]; }
};

/// Reads and checks the exports of a module of any generation: each hook by its own name and arity,
/// so that modules which mix them work too.
///
/// `plugin_malloc` and `plugin_free` come first: TinyGo exports a `malloc` and `free` of its own
/// beside them, which do not bear each other's blocks. Of an Extism guest no memory is asked for:
/// the kernel's serves.
/// Errors: \throws Error missing_export or invalid_input "failed to instantiate WASM module",
/// naming the export and, where a signature is wrong, both signatures.
/// Source: the facts page of the gateway, 1.2 to 1.4.
GuestExports check_exports(const wasm::Module& module);

}  // namespace sluice::hooks
