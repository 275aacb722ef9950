#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

// The contract with the gateway, as any C++ plug-in needs it: blocks of memory and packed results.

/// Makes a function visible to the gateway under `name`. malloc and free are exported by the
/// linker's flags.
#define SLUICE_EXPORT(name) extern "C" __attribute__((export_name(name)))

namespace sluice {

/// Hands text to the gateway, which frees it: address in the upper half, length in the lower. 0
/// says nothing.
inline std::uint64_t give(std::string_view text) {
    void* block = std::malloc(text.size() + 1);
    if (block == nullptr) return 0;
    std::memcpy(block, text.data(), text.size());
    return std::uint64_t{reinterpret_cast<std::uintptr_t>(block)} << 32 | text.size();
}

}  // namespace sluice
