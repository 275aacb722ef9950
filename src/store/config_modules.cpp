#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "store/config_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace sluice::store {
namespace {

/// Names that the gateway's kind of configuration keeps for plug-ins without a file.
constexpr std::string_view built_in[] = {"telemetry",      "logging",       "governance", "maxim",
                                         "semantic_cache", "semanticcache", "otel",       "datadog",
                                         "prompts",        "compat",        "routing"};

constexpr std::string_view secure = "https://";
constexpr std::size_t signature_bytes = 64;

bool is_digest(std::string_view text) {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::string read_signature(JsonReader& json) {
    std::string signature;
    const std::string text = json.text("signature", "");
    if (json.has("signature") &&
        (!decode_base64(text, signature) || signature.size() != signature_bytes))
        json.refuse("signature", "must be an ed25519 signature in base64: 64 bytes, 88 characters");
    return signature;
}

RemoteModule read_remote(JsonReader& json, std::string_view key, std::string url) {
    RemoteModule remote{.url = std::move(url), .sha256 = lower_case(json.text("sha256", ""))};
    if (!remote.url.starts_with(secure))
        json.refuse(key, "must begin with https://: what comes without TLS may come from anybody");
    if (!json.has("sha256"))
        json.refuse("", fmt::format("needs \"sha256\" beside \"{}\": what `sha256sum` says of the "
                                    "module; a plug-in is fetched only when it is known which",
                                    key));
    else if (!is_digest(remote.sha256))
        json.refuse("sha256", "must be 64 hexadecimal digits, as `sha256sum` writes them");
    remote.signature = read_signature(json);
    return remote;
}

/// Source: RFC 8410; all that stands before the key in the DER form of an ed25519 public key.
constexpr std::string_view key_prefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
constexpr std::size_t key_bytes = 32;

void read_trusted_keys(JsonReader& json, DownloadConfig& downloads) {
    for (const std::string& text : json.texts("trusted_keys")) {
        std::string der;
        const bool fine = decode_base64(text, der) && der.size() == key_prefix.size() + key_bytes &&
                          der.starts_with(key_prefix);
        if (fine)
            downloads.trusted_keys.emplace_back(der, key_prefix.size());
        else
            json.refuse("trusted_keys",
                        fmt::format("\"{}\" is no ed25519 public key; `openssl pkey -in key.pem "
                                    "-pubout` prints one, of which the line in the middle belongs "
                                    "here",
                                    text));
    }
}

}  // namespace

void read_module(JsonReader& json, const std::filesystem::path& folder, PluginConfig& plugin) {
    const std::string path = json.text("path", "");
    const std::string url = json.text("url", "");
    const bool is_address = path.starts_with("http://") || path.starts_with(secure);
    const bool is_built_in = std::ranges::find(built_in, plugin.name) != std::end(built_in);
    plugin.path.clear();
    plugin.remote.reset();
    if (!path.empty() && !url.empty())
        json.refuse("url",
                    "stands beside \"path\": one of the two says where the module is; a "
                    "change takes the other away with null");
    else if (!url.empty() || is_address)
        plugin.remote = read_remote(json, is_address ? "path" : "url", is_address ? path : url);
    else if (!path.empty())
        plugin.path = from_folder(folder, path);
    else if (is_built_in)
        json.refuse("name",
                    fmt::format("the built-in plug-in \"{}\" {}", plugin.name, not_supported));
    else
        json.refuse("", "needs \"path\", the plug-in's .wasm file, or \"url\"");
    if (plugin.remote) return;
    for (const char* key : {"sha256", "signature"}) {
        if (!json.has(key)) continue;
        json.text(key, "");  // a wrong type is told first
        json.refuse(key, "belongs to modules that are fetched by \"url\"");
    }
}

DownloadConfig read_downloads(JsonReader json, const std::filesystem::path& folder) {
    DownloadConfig downloads;
    read_trusted_keys(json, downloads);
    downloads.private_hosts = json.texts("private_hosts");
    const std::string authorities = env_text(json, "ca_file", "");
    if (!authorities.empty()) downloads.ca_file = from_folder(folder, authorities).string();
    downloads.module_bytes = static_cast<std::uint64_t>(json.whole("max_mb", 64, 1, 1'024)) << 20U;
    downloads.timeout =
        std::chrono::milliseconds(json.whole("timeout_ms", downloads.timeout.count(), 1, 600'000));
    const std::string cache = env_text(json, "folder", "");
    if (!cache.empty()) downloads.folder = from_folder(folder, cache);
    json.finish();
    return downloads;
}

}  // namespace sluice::store
