#pragma once

#include <compare>

namespace sluice::wasm {

/// What sets the code of one engine apart from that of another one of the same version and CPU.
struct CodeKind {
    bool counts_fuel = false;  ///< guests use up fuel, see InstanceOptions::fuel; slower guests
    /// Each instance gets a copy of its module's data at once, and in return the addresses of its
    /// memories are used again: for modules with little data.
    bool copies_data = false;

    auto operator<=>(const CodeKind&) const = default;
};

}  // namespace sluice::wasm
