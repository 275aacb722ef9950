#include "store/config.hpp"

#include "base/json_reader.hpp"
#include "store/config_reading.hpp"
#include "store/redis/address.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace sluice::store {
namespace {

constexpr std::int64_t most_milliseconds = 24LL * 3'600 * 1'000;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

void read_server(JsonReader json, Config& config) {
    ServerConfig& server = config.server;
    ClientConfig& client = config.client;
    const auto milliseconds = [&](std::string_view key, std::chrono::milliseconds fallback) {
        return std::chrono::milliseconds(json.whole(key, fallback.count(), 1, most_milliseconds));
    };
    server.host = json.text("host", server.host);
    if (server.host.empty()) json.refuse("host", "must be an address or a name, not \"\"");
    server.port = static_cast<std::uint16_t>(json.whole("port", server.port, 0, 65'535));
    server.threads = static_cast<unsigned>(json.whole("threads", server.threads, 0, 1'024));
    server.log_level = json.choice("log_level", {"info", "trace", "debug", "warn", "error", "off"});
    const std::string changes = json.choice("plugin_changes", {"local", "allow", "refuse"});
    server.plugin_changes = changes == "allow"    ? PluginChanges::allow
                            : changes == "refuse" ? PluginChanges::refuse
                                                  : PluginChanges::local;
    client.max_connections = static_cast<std::size_t>(json.whole(
        "max_connections", static_cast<std::int64_t>(client.max_connections), 1, 1'000'000));
    client.max_header_bytes =
        static_cast<std::size_t>(json.whole(
            "max_header_kb", static_cast<std::int64_t>(client.max_header_bytes >> 10U), 1, 1'024))
        << 10U;
    client.header_timeout = milliseconds("header_timeout_ms", client.header_timeout);
    client.idle_timeout = milliseconds("idle_timeout_ms", client.idle_timeout);
    client.shutdown_timeout = milliseconds("shutdown_timeout_ms", client.shutdown_timeout);
    json.finish();
}

void read_client(JsonReader json, ClientConfig& client) {
    client.enable_logging = json.flag("enable_logging", client.enable_logging);
    client.disable_content_logging =
        json.flag("disable_content_logging", client.disable_content_logging);
    client.max_request_body_bytes =
        static_cast<std::size_t>(json.whole("max_request_body_size_mb", 100, 1, 2'048)) << 20U;
    json.refuse_all(
        {"drop_excess_requests", "initial_pool_size", "prometheus_labels", "allowed_origins",
         "allowed_headers", "disable_db_pings_in_health", "log_retention_days",
         "enforce_governance_header", "enforce_auth_on_inference", "enforce_scim_auth",
         "allow_direct_keys", "enable_litellm_fallbacks", "header_filter_config",
         "async_job_result_ttl", "required_headers", "logging_headers"},
        not_supported);
    json.finish();
}

void read_logs_store(JsonReader json, const std::filesystem::path& folder,
                     const ClientConfig& client, LogStoreConfig& logs) {
    logs.enabled = json.flag("enabled", logs.enabled);
    if (json.has("type") && json.text("type") == "postgres")
        json.refuse("type", fmt::format("\"postgres\" {}; use \"sqlite\"", not_supported));
    else
        logs.type = json.choice("type", {"sqlite"});
    logs.queue_rows = static_cast<std::size_t>(
        json.whole("queue_rows", static_cast<std::int64_t>(logs.queue_rows), 1, 10'000'000));
    logs.record_bodies = json.flag("record_bodies", logs.record_bodies);
    if (logs.record_bodies && client.disable_content_logging)
        json.refuse("record_bodies", "must not be true while client.disable_content_logging is");
    logs.record_bytes =
        static_cast<std::size_t>(
            json.whole("record_kb", static_cast<std::int64_t>(logs.record_bytes >> 10U), 1, 8'192))
        << 10U;
    if (auto settings = json.object("config")) {
        const std::string path = env_text(*settings, "path", "");
        if (!path.empty()) logs.path = from_folder(folder, path);
        settings->finish();
    }
    json.finish();
}

void read_variables_store(JsonReader json, VariableStoreConfig& variables) {
    variables.type = json.choice("type", {"memory", "redis"});
    variables.url = env_text(json, "url", "");
    const bool redis = variables.type == "redis";
    if (redis && !parse_redis_url(variables.url))  // not quoted: it may hold a password
        json.refuse("url",
                    "must be redis://HOST:PORT, with [USER]:PASSWORD@ before HOST if needed");
    if (!redis && !variables.url.empty()) json.refuse("url", "is for the type \"redis\"");
    variables.timeout =
        std::chrono::milliseconds(json.whole("timeout_ms", variables.timeout.count(), 1, 60'000));
    json.finish();
}

void refuse_what_is_not_there_yet(JsonReader& json) {
    json.refuse_all(
        {"encryption_key", "auth_config", "framework", "governance", "mcp", "vector_store",
         "config_store", "cluster_config", "saml_config", "load_balancer_config",
         "guardrails_config", "audit_logs", "websocket", "skills"},
        not_supported);
}

}  // namespace

std::string resolve_env(JsonReader& json, std::string_view key, std::string_view text) {
    constexpr std::string_view prefix = "env.";
    if (!text.starts_with(prefix)) return std::string(text);
    const std::string name(text.substr(prefix.size()));
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) json.refuse(key, fmt::format("environment variable {} is not set", name));
    return value == nullptr ? std::string() : std::string(value);
}

std::string env_text(JsonReader& json, std::string_view key, std::string fallback) {
    return resolve_env(json, key, json.text(key, std::move(fallback)));
}

std::filesystem::path from_folder(const std::filesystem::path& folder, const std::string& path) {
    return (folder / path).lexically_normal();
}

std::filesystem::path default_log_path() {
    std::filesystem::path state = environment("XDG_STATE_HOME");
    // The base directory rules want relative values ignored.
    if (!state.is_absolute()) {
        const std::string home = environment("HOME");
        state = home.empty() ? std::filesystem::temp_directory_path()
                             : std::filesystem::path(home) / ".local" / "state";
    }
    return state / "sluice" / "logs.db";
}

Config read_config(std::string_view file, std::string_view text) {
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    JsonFile document(file, text);
    JsonReader json = document.root();
    Config config;
    json.has("$schema");  // for editors
    if (auto server = json.object("server")) read_server(*server, config);
    if (auto client = json.object("client")) read_client(*client, config.client);
    config.providers = read_providers(json, folder);
    config.plugins = read_plugins(json, folder);
    if (auto downloads = json.object("plugin_downloads"))
        config.plugin_downloads = read_downloads(*downloads, folder);
    config.logs_store.path = default_log_path();
    if (auto logs = json.object("logs_store"))
        read_logs_store(*logs, folder, config.client, config.logs_store);
    if (auto variables = json.object("variables_store"))
        read_variables_store(*variables, config.variables_store);
    refuse_what_is_not_there_yet(json);
    json.finish();
    document.finish();
    return config;
}

Config load_config(const std::filesystem::path& file) {
    const auto unreadable = [&](std::string_view why) {
        return Error(ErrorCode::unavailable,
                     fmt::format("{}: cannot be read: {}", file.string(), why));
    };
    std::error_code failed;
    const auto status = std::filesystem::status(file, failed);
    if (failed) throw unreadable(failed.message());
    // A directory opens like a file and fails only when it is read.
    if (std::filesystem::is_directory(status)) throw unreadable("it is a folder");
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw unreadable(errno == 0 ? "cannot be opened" : std::strerror(errno));
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    return read_config(file.string(), text);
}

Config default_config() {
    Config config;
    config.logs_store.path = default_log_path();
    config.providers.push_back({.name = "mock", .models = {"echo"}});
    if (const std::string key = environment("OPENAI_API_KEY"); !key.empty())
        config.providers.push_back({.name = "openai", .keys = {{.name = "default", .value = key}}});
    return config;
}

}  // namespace sluice::store
