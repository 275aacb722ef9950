#pragma once

#include <sluice/bytes.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice {

/// A module in a file: binary or text (WAT).
struct WasmFile {
    std::filesystem::path path{};
    std::string name{};  ///< what messages call it; the file's name without its ending when empty
};

/// A module in memory: binary or text (WAT).
struct WasmBytes {
    Bytes bytes{};
    std::string name{};  ///< what messages call it; "main" when empty
};

using Wasm = std::variant<WasmFile, WasmBytes>;

/// What a plug-in may keep in memory.
struct MemoryLimits {
    /// Of 64 KiB each, for the guest and the blocks that it exchanges with its host together.
    std::uint32_t max_pages = 4096;
    std::uint64_t max_var_bytes = 1 << 20;  ///< keys and values of all variables; 0 forbids them
};

/// What a plug-in is made of and what it may do.
/// Source: Extism's manifest; the keys that are offered so far.
struct Manifest {
    std::vector<Wasm> wasm{};
    std::map<std::string, std::string, std::less<>> config{};  ///< what `config_get` reads
    MemoryLimits memory{};
    std::chrono::milliseconds timeout{30'000};  ///< of one call, and of a start

    /// A manifest of one module.
    static Manifest file(std::filesystem::path path);
    static Manifest bytes(ByteView wasm, std::string name = {});
};

}  // namespace sluice
