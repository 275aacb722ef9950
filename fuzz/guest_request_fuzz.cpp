#include "plugin/curl_client.hpp"
#include "plugin/guest_http.hpp"

#include <sluice/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace sluice {

/// Every request below has a client of its own.
HttpClient make_curl_client(CurlOptions) {
    std::abort();
}

}  // namespace sluice

namespace {

using namespace sluice;

constexpr std::string_view allowed = "allowed.test";

bool has_line_end(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

/// Whether the URL's host is the one that the manifest allows.
bool goes_where_it_may(std::string_view url) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!url.starts_with(scheme)) continue;
        std::string_view authority = url.substr(scheme.size());
        authority = authority.substr(0, authority.find_first_of("/?#"));
        if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
            authority.remove_prefix(at + 1);
        return authority.substr(0, authority.find(':')) == allowed;
    }
    return false;
}

void check(const HttpRequest& request) {
    if (!goes_where_it_may(request.url) || has_line_end(request.url)) std::abort();
    if (request.method.empty() || has_line_end(request.method)) std::abort();
    if (request.method.find(' ') != std::string::npos) std::abort();
    for (const auto& [name, value] : request.headers) {
        if (name.empty() || has_line_end(name) || has_line_end(value)) std::abort();
        if (name.find(':') != std::string::npos) std::abort();
        std::string lower = name;
        for (char& c : lower)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (lower == "host" || lower == "content-length" || lower == "transfer-encoding")
            std::abort();
    }
}

}  // namespace

/// Input: where the first answer leads, a line end, and a guest's request in JSON.
///
/// Property: whatever a guest asks for and whatever it is answered, each request that goes out goes
/// to the one host that is allowed and is one request; all else is refused with an Error.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(input.find('\n'), size);
    const std::string location(input.substr(0, line));
    const std::string_view json = input.substr(std::min(line + 1, size));
    int sent = 0;
    PluginOptions options;
    options.http = [&](const HttpRequest& request, const HttpLimits&) {
        check(request);
        if (++sent > 11) std::abort();
        if (location.empty()) return HttpResponse{.status = 200};
        return HttpResponse{.status = sent % 2 == 0 ? 303 : 307,
                            .headers = {{"location", location}}};
    };
    Manifest manifest;
    manifest.allowed_hosts = {std::string(allowed)};
    GuestHttp http(manifest, options);
    try {
        http.request(json, {}, {});
        if (sent != 1 || http.status() != 200) std::abort();
    } catch (const Error& error) {
        const bool is_endless = sent == 11 && error.code() == ErrorCode::unavailable;
        if (error.code() != ErrorCode::invalid_input && !is_endless) std::abort();
        if (http.status() != 0) std::abort();
    }
    return 0;
}
