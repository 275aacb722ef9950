#include "gateway/module_download.hpp"

#include "base/file_contents.hpp"
#include "base/replace_file.hpp"
#include "gateway/module_signature.hpp"
#include "plugin/curl_client.hpp"
#include "plugin/http_exchange.hpp"
#include "plugin/http_url.hpp"
#include "wasm/image_cache.hpp"
#include "wasm/image_file.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view setting = "plugin_downloads.private_hosts";

/// Empty: modules are not kept.
fs::path cache_folder(const store::DownloadConfig& downloads) {
    if (!downloads.folder.empty()) return downloads.folder;
    const fs::path images = wasm::ImageCache::default_folder();
    return images.empty() ? images : images.parent_path() / "modules";
}

std::string digest_of(ByteView bytes) {
    return wasm::hex(wasm::sha256({bytes}));
}

/// Nothing when it is not there or no longer what its name says.
std::optional<Bytes> read_cached(const fs::path& file, std::string_view digest) {
    const auto text = file_contents(file);
    if (!text || digest_of(as_bytes(*text)) != digest) return std::nullopt;
    const ByteView bytes = as_bytes(*text);
    return Bytes(bytes.begin(), bytes.end());
}

/// A module that cannot be kept is fetched again the next time: no reason to fail.
void write_cached(const fs::path& file, ByteView bytes) {
    std::error_code failed;
    const bool is_new = fs::create_directories(file.parent_path(), failed);
    if (is_new) fs::permissions(file.parent_path(), fs::perms::owner_all, failed);
    if (const auto why = replace_file(file, {bytes}, {.mode = 0600}))
        spdlog::warn("{}: a plug-in's module cannot be kept here: {}", file.string(), *why);
}

/// Redirects are followed too, each checked as the address itself is.
HttpClient https_client(const store::DownloadConfig& downloads) {
    HttpClient client =
        make_curl_client({.authorities = downloads.ca_file, .hosts_setting = std::string(setting)});
    return [client = std::move(client)](const HttpRequest& request, const HttpLimits& limits) {
        if (!request.url.starts_with("https://"))
            throw Error(ErrorCode::invalid_input,
                        fmt::format("it leads to {}, which is no https:// address",
                                    parse_http_url(request.url).shown));
        return client(request, limits);
    };
}

Bytes download(const store::RemoteModule& module, const store::DownloadConfig& downloads) {
    std::vector<std::string> hosts{"*"};
    hosts.insert(hosts.end(), downloads.private_hosts.begin(), downloads.private_hosts.end());
    const HttpPolicy policy{.hosts = HostPatterns(hosts), .setting = setting};
    const HttpLimits limits{.deadline = std::chrono::steady_clock::now() + downloads.timeout,
                            .max_response_bytes = downloads.module_bytes};
    HttpRequest request{.url = module.url};
    HttpResponse response = exchange(https_client(downloads), std::move(request), limits, policy);
    if (response.status != 200)
        throw Error(ErrorCode::unavailable,
                    fmt::format("the server answered with status {}", response.status));
    return std::move(response.body);
}

/// Errors: \throws as download(), with the address in front.
Bytes download_named(const store::RemoteModule& module, const store::DownloadConfig& downloads) {
    try {
        return download(module, downloads);
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("{}: cannot be fetched: {}",
                                              parse_http_url(module.url).shown, error.what()));
    }
}

void check_signature(const store::RemoteModule& module, const store::DownloadConfig& downloads,
                     ByteView bytes) {
    const auto refuse = [&](std::string_view why) {
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}: {}", parse_http_url(module.url).shown, why));
    };
    const auto& keys = downloads.trusted_keys;
    if (keys.empty() && module.signature.empty()) return;
    if (keys.empty())
        refuse(
            "it has a \"signature\", and plugin_downloads.trusted_keys names no key to check it "
            "with");
    if (module.signature.empty())
        refuse("it needs a \"signature\", because plugin_downloads.trusted_keys names keys");
    const bool trusted = std::ranges::any_of(
        keys, [&](const std::string& key) { return is_signed_by(key, bytes, module.signature); });
    if (!trusted)
        refuse("its signature is by none of plugin_downloads.trusted_keys; it was not loaded");
}

}  // namespace

Bytes fetch_module(const store::RemoteModule& module, const store::DownloadConfig& downloads) {
    const fs::path folder = cache_folder(downloads);
    const fs::path file = folder / (module.sha256 + ".wasm");
    if (!folder.empty()) {
        if (auto cached = read_cached(file, module.sha256)) {
            check_signature(module, downloads, *cached);
            return *std::move(cached);
        }
    }
    Bytes bytes = download_named(module, downloads);
    const std::string digest = digest_of(bytes);
    if (digest != module.sha256)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}: its sha256 is {}, not {} as the configuration says; it was "
                                "not loaded",
                                parse_http_url(module.url).shown, digest, module.sha256));
    check_signature(module, downloads, bytes);
    if (!folder.empty()) write_cached(file, bytes);
    return bytes;
}

}  // namespace sluice::gateway
