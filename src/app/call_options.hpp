#pragma once

#include <sluice/manifest.hpp>
#include <sluice/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sluice::app {

/// What `sluice call` was asked for. The names are the flags'; where they are also those of
/// Extism's own CLI, they mean the same.
struct CallOptions {
    std::string file{};  ///< a path, or a URL
    std::string function{};
    bool is_manifest = false;
    std::vector<std::string> links{};  ///< `[NAME=]PATH_OR_URL`

    bool trust_code = false;  ///< of a `.cwasm` file, whoever may have written it

    std::optional<std::string> input{};
    std::string input_file{};
    bool stdin_too = false;

    std::vector<std::string> config{};  ///< `KEY=VALUE`
    std::string config_json{};
    std::vector<std::string> allowed_hosts{};
    std::vector<std::string> allowed_paths{};  ///< `[ro:]HOST[:GUEST]`
    std::optional<std::int64_t> timeout_ms{};  ///< 0: none
    std::optional<std::uint64_t> fuel{};
    std::optional<std::uint32_t> max_pages{};  ///< 0: as many as there are
    std::optional<std::int64_t> max_http_response_bytes{};
    std::optional<std::int64_t> max_var_bytes{};
    bool http_response_headers = false;
    std::string log_level = "warn";

    bool no_fusion = false;
    std::size_t repeat = 1;
    std::string profile{};  ///< a page to write; empty: none
    bool time = false;
    bool json = false;
};

/// The file, whether it is a manifest, and the modules that are linked.
void add_module_options(CLI::App& command, CallOptions& options);
void add_call_options(CLI::App& command, CallOptions& options);

/// The manifest that the options describe, or the one that they name with what they add to it. A
/// file of compiled code is none of its modules.
/// Errors: \throws Error invalid_input or unavailable for a manifest that cannot be read.
Manifest manifest_of(const CallOptions& options);

/// Whether only the SDK can run it: a manifest, a URL, or several modules.
bool needs_manifest(const CallOptions& options);

/// The configuration as a JSON object of any shape: what a gateway plug-in gets in `init`.
std::string config_object_of(const CallOptions& options);

std::chrono::milliseconds timeout_of(const CallOptions& options);
std::uint32_t max_pages_of(const CallOptions& options);

/// The input: a flag's, a file's, or standard input's. Blocks: until that is read.
std::string input_of(const CallOptions& options);
bool names_input(const CallOptions& options);

}  // namespace sluice::app
