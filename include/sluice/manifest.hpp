#pragma once

#include <sluice/bytes.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice {

/// A module in a file: binary or text (WAT).
struct WasmFile {
    std::filesystem::path path{};
    std::string name{};  ///< what messages and other modules call it; see Manifest::wasm
    std::string hash{};  ///< SHA-256 of the bytes in hexadecimal; empty: not checked
};

/// A module in memory: binary or text (WAT).
struct WasmBytes {
    Bytes bytes{};
    std::string name{};
    std::string hash{};
};

/// A module that is fetched over HTTP or HTTPS, once, when it is compiled.
struct WasmUrl {
    std::string url{};
    std::string method = "GET";
    std::map<std::string, std::string, std::less<>> headers{};
    std::string name{};
    std::string hash{};
};

using Wasm = std::variant<WasmFile, WasmBytes, WasmUrl>;

/// What `config_get` reads.
using Configuration = std::map<std::string, std::string, std::less<>>;

/// What a plug-in may keep in memory.
struct MemoryLimits {
    /// Of 64 KiB each, for the guest and the blocks that it exchanges with its host together.
    std::uint32_t max_pages = 4096;
    std::uint64_t max_http_response_bytes = 50 << 20;  ///< of one response
    std::uint64_t max_var_bytes = 1 << 20;  ///< keys and values of all variables; 0 forbids them
};

/// How strictly a manifest's JSON is read.
struct ManifestRules {
    std::string file = "manifest";  ///< what messages call the text
    /// Keys that nobody knows are passed over; else they are an error with their path.
    bool ignore_unknown_keys = false;
    /// `"data": {"ptr": …, "len": …}` is read from this process's memory. Only for texts that the
    /// program itself has written: whoever writes them reads any address.
    bool allow_addresses = false;
};

/// What a plug-in is made of and what it may do. Nothing is allowed unless it stands here.
/// Source: Extism's manifest.
struct Manifest {
    /// One module, or several that import from each other by name. The plug-in's functions are
    /// those of the one named `main`, or else of the last.
    std::vector<Wasm> wasm{};
    Configuration config{};
    /// Hosts that the guest may send HTTP requests to: names or patterns with `*`, `?`, `[a-z]` and
    /// `{a,b}`; a request and every redirect must match one. Empty: none.
    std::vector<std::string> allowed_hosts{};
    /// Folders of the host and the names under which a guest with WASI finds them. A folder with
    /// `ro:` before it can be read only.
    std::map<std::string, std::string, std::less<>> allowed_paths{};
    MemoryLimits memory{};
    std::chrono::milliseconds timeout{30'000};  ///< of one call, and of a start

    /// A manifest of one module.
    static Manifest file(std::filesystem::path path);
    static Manifest bytes(ByteView wasm, std::string name = {});
    static Manifest url(std::string url);

    /// Reads Extism's JSON form; what it does not mention, or calls null, keeps its default.
    /// Errors: \throws Error invalid_input with one line for each thing that is wrong, naming its
    ///     line and path.
    static Manifest from_json(std::string_view json, const ManifestRules& rules = {});
    /// The same with defaults of the caller's; their modules do not count.
    static Manifest from_json(std::string_view json, const ManifestRules& rules, Manifest defaults);
};

}  // namespace sluice
