#include "plugin/wasm_source.hpp"

#include "base/ascii.hpp"
#include "plugin/curl_client.hpp"
#include "plugin/http_exchange.hpp"
#include "wasm/image_file.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace sluice {
namespace {

constexpr std::uint64_t max_fetched_bytes = 256 << 20;

Bytes read(const std::filesystem::path& path) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    std::ifstream file(path, std::ios::binary);
    if (failure || !file)
        throw Error(ErrorCode::unavailable,
                    fmt::format("cannot read {}: {}", path.string(),
                                failure ? failure.message() : "no permission"));
    Bytes bytes(size);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (static_cast<std::uintmax_t>(file.gcount()) != size)
        throw Error(ErrorCode::unavailable,
                    fmt::format("cannot read {}: it ended early", path.string()));
    return bytes;
}

/// Whoever wrote the manifest chose the host: any address will do.
Bytes fetch(const WasmUrl& source, const Manifest& manifest) {
    const auto limit = std::min<std::chrono::milliseconds>(manifest.timeout, std::chrono::hours(1));
    const HttpLimits limits{.deadline = std::chrono::steady_clock::now() + limit,
                            .max_response_bytes = max_fetched_bytes};
    HttpRequest request{.method = source.method.empty() ? "GET" : source.method,
                        .url = source.url,
                        .headers = source.headers};
    HttpResponse response =
        exchange(make_curl_client(), std::move(request), limits,
                 {.hosts = HostPatterns({"*"}), .behind_wildcards = HttpAddresses::any});
    if (response.status != 200)
        throw Error(ErrorCode::unavailable,
                    fmt::format("cannot fetch the module {}: HTTP status {}", source.name,
                                response.status));
    return std::move(response.body);
}

void check_hash(const WasmSource& source, std::string_view expected) {
    if (expected.empty()) return;
    const std::string found = wasm::hex(wasm::sha256({source.bytes}));
    if (equal_ignoring_case(found, expected)) return;
    throw Error(ErrorCode::invalid_input,
                fmt::format("module {}: hash mismatch: found {}, but the manifest expects {}",
                            source.label, found, expected));
}

}  // namespace

WasmSource load(const Wasm& wasm, const Manifest& manifest) {
    WasmSource source;
    std::string hash;
    if (const auto* file = std::get_if<WasmFile>(&wasm)) {
        source = {file->name, file->path.stem().string(), read(file->path)};
        hash = file->hash;
    } else if (const auto* url = std::get_if<WasmUrl>(&wasm)) {
        source = {url->name, "main", fetch(*url, manifest)};
        hash = url->hash;
    } else {
        const auto& memory = std::get<WasmBytes>(wasm);
        source = {memory.name, "main", memory.bytes};
        hash = memory.hash;
    }
    if (!source.name.empty()) source.label = source.name;
    check_hash(source, hash);
    return source;
}

}  // namespace sluice
