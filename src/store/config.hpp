#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::store {

/// One credential of a provider. `value` is a secret: never logged, echoed or stored.
struct KeyConfig {
    std::string name{};
    std::string value{};                ///< `env.NAME` is resolved when the file is read
    std::vector<std::string> models{};  ///< empty: every model
    double weight = 1.0;
};

struct NetworkConfig {
    std::string base_url{};  ///< empty: the provider's own address
    std::vector<std::pair<std::string, std::string>> extra_headers{};
    std::chrono::seconds request_timeout{30};      ///< a whole unary call
    std::chrono::seconds stream_idle_timeout{60};  ///< between two reads of a stream
    std::string ca_file{};                         ///< empty: the system's trust store
};

/// Settings of the in-process `mock` provider.
struct MockConfig {
    std::chrono::milliseconds delay{0};  ///< before the answer, or before each chunk
    double failure_rate = 0.0;           ///< 0..1, spread evenly, not at random
};

struct ProviderConfig {
    std::string name{};  ///< `openai`, `mock`, or any name with a `base_url`
    std::vector<KeyConfig> keys{};
    NetworkConfig network{};
    MockConfig mock{};
    std::vector<std::string> models{};  ///< what GET /v1/models lists for it besides the upstream's
};

/// Bounds of a plug-in; those of time are for one call.
struct PluginLimits {
    std::chrono::milliseconds timeout{500};
    std::chrono::milliseconds cpu{200};             ///< of processor time
    std::chrono::milliseconds init_timeout{2'000};  ///< of a start function, and of `init`
    std::uint64_t memory_bytes = 256ULL << 20;
    std::uint64_t recycle_bytes = 64ULL << 20;
    std::size_t output_bytes = 192ULL << 20;  ///< of one answer
    std::size_t instances_per_thread = 64;
    std::size_t waiting_calls = 1'024;  ///< in line for an instance, on one thread
    std::uint32_t log_lines_per_second = 100;
    std::uint64_t variable_bytes = 1 << 20;  ///< of all its variables, keys included
    std::uint32_t http_calls = 8;            ///< of one request, over all hook calls
    std::size_t http_response_bytes = 1 << 20;
    std::uint32_t llm_calls = 4;  ///< likewise

    bool operator==(const PluginLimits&) const = default;
};

/// What happens to a request when one of a plug-in's hooks fails.
enum class OnError : std::uint8_t {
    as_phase,  ///< what the phase does by itself; see docs/plugins/abi.md
    carry_on,  ///< as if the hook had had no opinion
    fail,      ///< the request fails
};

/// When a plug-in that keeps failing is left out for a while.
struct BreakerLimits {
    std::uint32_t failures = 5;  ///< in a row
    std::chrono::milliseconds pause{10'000};

    bool operator==(const BreakerLimits&) const = default;
};

/// Which requests a plug-in sees: patterns with `*` and `?`. An empty list means all.
struct PluginMatch {
    std::vector<std::string> models{};
    std::vector<std::string> providers{};
    std::vector<std::string> routes{};

    bool empty() const noexcept { return models.empty() && providers.empty() && routes.empty(); }
    bool operator==(const PluginMatch&) const = default;
};

/// What `hooks` of a plug-in may name, whatever the guest's generation calls them.
inline constexpr std::array<std::string_view, 5> hook_names{
    "http_pre_hook", "pre_hook", "http_stream_chunk_hook", "post_hook", "http_post_hook"};

/// Host calls that a plug-in may make; those that are not here need none.
struct PluginPermissions {
    bool clock = true;
    bool random = true;
    bool llm = false;  ///< it costs the keys' owner money

    bool operator==(const PluginPermissions&) const = default;
};

/// How a plug-in's chat request is wrapped: guests of different origin look in different places.
/// Answers in any spelling are read whatever this says.
enum class RequestShape : std::uint8_t {
    flat,   ///< the request itself; responses in `chat_response`
    snake,  ///< in `chat_request` and `chat_response`
    go,     ///< in `ChatRequest` and `ChatResponse`
    all,    ///< all three at once
};

/// A folder of the host that a plug-in's guest may use, and nothing outside it.
struct AllowedPath {
    std::filesystem::path host{};
    std::string guest{};  ///< what the guest calls it
    bool read_only = false;

    bool operator==(const AllowedPath&) const = default;
};

/// A module that is fetched. Its digest says what it is, wherever it comes from.
struct RemoteModule {
    std::string url{};        ///< `https://...`
    std::string sha256{};     ///< 64 hexadecimal digits, in lower case
    std::string signature{};  ///< ed25519 over the module, 64 bytes; empty: none

    bool operator==(const RemoteModule&) const = default;
};

/// Another version of a plug-in that runs beside it: what it has of its own.
struct PluginVersion {
    std::filesystem::path path{};
    std::optional<RemoteModule> remote{};
    std::string config_json = "{}";
    std::string shown_config_json = "{}";
    std::optional<std::vector<std::string>> hooks{};
    PluginLimits limits{};
    std::optional<BreakerLimits> breaker{};

    bool operator==(const PluginVersion&) const = default;
};

/// A version that some requests meet in the plug-in's place.
struct PluginCanary {
    PluginVersion version{};
    double percent = 0;          ///< of the requests, by their ids
    std::string header_name{};   ///< besides, all that carry this header; empty: none do
    std::string header_value{};  ///< with exactly this value

    bool operator==(const PluginCanary&) const = default;
};

/// A version that is shown what the plug-in is shown, and whose answers are only compared.
struct ShadowConfig {
    PluginVersion version{};
    std::size_t queue = 256;  ///< calls that may wait for it; further ones are dropped

    bool operator==(const ShadowConfig&) const = default;
};

struct PluginConfig {
    std::string name{};
    std::filesystem::path
        path{};  ///< relative paths are taken from the configuration file's folder
    std::optional<RemoteModule> remote{};  ///< in place of `path`
    bool enabled = true;
    std::string config_json = "{}";          ///< handed to `init`; each `env.NAME` resolved
    std::string shown_config_json = "{}";    ///< as the file has it: what people may be shown
    std::string placement = "post_builtin";  ///< pre_builtin | builtin | post_builtin
    int order = 0;
    std::optional<std::vector<std::string>> hooks{};  ///< of hook_names; absent: all it exports
    OnError on_error = OnError::as_phase;
    PluginMatch match{};
    bool see_credentials = false;  ///< whether HTTP hooks are shown them as they came
    RequestShape shape = RequestShape::flat;
    std::vector<std::string> allowed_hosts{};  ///< patterns of those that it may send requests to
    std::vector<AllowedPath> allowed_paths{};
    PluginPermissions permissions{};
    std::size_t window = 0;  ///< characters of a stream's text so far that hooks on it see; 0: off
    PluginLimits limits{};
    std::optional<BreakerLimits> breaker{};
    std::optional<PluginCanary> canary{};
    std::optional<ShadowConfig> shadow{};
    std::string entry_json{};  ///< its own text in the file; empty when it comes from elsewhere
    std::size_t position = 0;  ///< among the file's plug-ins: decides between equals

    bool operator==(const PluginConfig&) const = default;
};

/// The plug-in as it is in that version: all that the version does not have of its own stays.
PluginConfig in_version(const PluginConfig& plugin, const PluginVersion& version);

/// The order of execution: groups first, then the order inside one, then the file's.
bool runs_before(const PluginConfig& a, const PluginConfig& b) noexcept;

/// Whose requests may change the plug-ins of a running gateway.
enum class PluginChanges : std::uint8_t {
    local,   ///< everybody's, while nobody but this machine can reach the gateway
    allow,   ///< everybody's
    refuse,  ///< nobody's
};

struct ClientConfig {
    bool enable_logging = true;
    bool disable_content_logging = false;
    std::size_t max_request_body_bytes = 100ULL << 20;
    std::size_t max_header_bytes = 64ULL << 10;
    std::size_t max_connections = 10'000;
    std::chrono::milliseconds header_timeout{10'000};  ///< from the first byte of a request's head
    std::chrono::milliseconds idle_timeout{75'000};    ///< of a kept connection between requests
    std::chrono::milliseconds shutdown_timeout{30'000};
};

struct LogStoreConfig {
    bool enabled = true;
    std::string type = "sqlite";
    std::filesystem::path path{};  ///< never empty in a configuration that was read
    std::size_t queue_rows = 16'384;
    bool record_bodies = false;  ///< requests and answers as they are, for `sluice replay`
    std::size_t record_bytes = 256 << 10;  ///< of a body; larger ones are left out
};

/// How modules are fetched that plug-ins name by address.
struct DownloadConfig {
    std::vector<std::string> trusted_keys{};   ///< ed25519, 32 bytes each; empty: none is asked for
    std::vector<std::string> private_hosts{};  ///< that may have private addresses
    std::string ca_file{};                     ///< empty: the system's trust store
    std::uint64_t module_bytes = 64ULL << 20;
    std::chrono::milliseconds timeout{30'000};  ///< of a whole download
    std::filesystem::path folder{};             ///< of the cache; empty: the user's
};

/// Where plug-ins' variables are kept.
struct VariableStoreConfig {
    std::string type = "memory";             ///< memory | redis
    std::string url{};                       ///< of redis; may hold a password
    std::chrono::milliseconds timeout{500};  ///< of connecting and of each answer
};

struct ServerConfig {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    unsigned threads = 0;  ///< 0: one a core
    std::string log_level = "info";
    PluginChanges plugin_changes = PluginChanges::local;

    /// Whether only this machine can reach the gateway.
    bool is_local() const noexcept {
        return host == "localhost" || host == "::1" || host.starts_with("127.");
    }
};

/// The whole configuration. Source: the facts page of the gateway, section 4;
/// docs/configuration.md.
struct Config {
    ServerConfig server{};
    ClientConfig client{};
    std::vector<ProviderConfig> providers{};
    std::vector<PluginConfig> plugins{};  ///< sorted by placement group and order
    DownloadConfig plugin_downloads{};
    LogStoreConfig logs_store{};
    VariableStoreConfig variables_store{};
};

/// Errors: \throws Error invalid_input "FILE:LINE: PATH: must be …, not …": wrong types, values out
/// of range and unknown keys (with the nearest known key as a hint), all of them named, one a line.
/// `env.NAME` stands for an environment variable; one that is not set is an error as well.
Config read_config(std::string_view file, std::string_view text);
/// Errors: \throws Error unavailable when the file cannot be read; else as read_config().
Config load_config(const std::filesystem::path& file);

/// What `sluice serve` runs on when there is no file: the mock provider and an SQLite request log;
/// the `openai` provider too when OPENAI_API_KEY is set.
Config default_config();

/// Where the request log is when nobody says: `$XDG_STATE_HOME/sluice/logs.db`, else below
/// `~/.local/state`.
std::filesystem::path default_log_path();

}  // namespace sluice::store
