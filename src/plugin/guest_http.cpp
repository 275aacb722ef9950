#include "plugin/guest_http.hpp"

#include "base/json_slices.hpp"
#include "base/json_text.hpp"
#include "plugin/curl_client.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

[[noreturn]] void refuse(std::string_view problem) {
    throw Error(ErrorCode::invalid_input, fmt::format("invalid HTTP request: {}", problem));
}

std::string text_of(JsonSlice value, std::string_view key) {
    if (!value.is(JsonKind::string)) refuse(fmt::format("`{}` must be a text", key));
    return value.string();
}

HttpHeaders headers_of(JsonSlice value, std::string_view key) {
    if (!value.is(JsonKind::object)) refuse(fmt::format("`{}` must be an object", key));
    HttpHeaders headers;
    for (const auto& [name, text] : value.members())
        headers.insert_or_assign(name.string(), text_of(text, fmt::format("{}.*", key)));
    return headers;
}

/// Visible ASCII: what every guest's language can hold in a header.
bool is_plain(std::string_view value) {
    return std::ranges::all_of(value, [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

}  // namespace

HttpRequest parse_http_request(std::string_view json) {
    JsonDocument document;
    const JsonSlice root = document.read(json);
    if (!root.is(JsonKind::object)) refuse("it must be a JSON object");
    HttpRequest request;
    JsonSlice url;
    JsonSlice method;
    JsonSlice headers;
    const auto once = [](JsonSlice& place, JsonSlice value, std::string_view key) {
        if (place) refuse(fmt::format("`{}` stands twice", key));
        place = value;
    };
    for (const auto& [key, value] : root.members()) {
        if (key.says("url"))
            once(url, value, "url");
        else if (key.says("method"))
            once(method, value, "method");
        else if (key.says("headers") || key.says("header"))
            once(headers, value, "headers");
        else
            refuse("its keys are `url`, `method` and `headers`");
    }
    if (!url) refuse("it needs `url`");
    request.url = text_of(url, "url");
    if (method.has_value()) request.method = text_of(method, "method");
    for (char& c : request.method)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (headers) request.headers = headers_of(headers, "headers");
    return request;
}

GuestHttp::GuestHttp(const Manifest& manifest, const PluginOptions& options)
    : manifest_(manifest), options_(options), headers_allowed_(options.http_response_headers) {}

Bytes GuestHttp::request(std::string_view json, ByteView body, HttpLimits limits) {
    status_ = 0;
    headers_.clear();
    HttpRequest request = parse_http_request(json);
    request.body = body;
    limits.max_response_bytes = manifest_.memory.max_http_response_bytes;
    if (!policy_)
        policy_.emplace(HttpPolicy{.hosts = HostPatterns(manifest_.allowed_hosts),
                                   .behind_wildcards = options_.http_private_addresses
                                                           ? HttpAddresses::any
                                                           : HttpAddresses::public_only});
    if (!client_) client_ = options_.http ? options_.http : make_curl_client();
    HttpResponse response = exchange(client_, std::move(request), std::move(limits), *policy_);
    status_ = response.status;
    headers_ = std::move(response.headers);
    return std::move(response.body);
}

std::optional<std::string> GuestHttp::headers() const {
    if (!headers_allowed_) return std::nullopt;
    std::string json = "{";
    for (const auto& [name, value] : headers_) {
        if (!is_plain(value)) continue;
        if (json.size() > 1) json += ',';
        append_json_text(json, name);
        json += ':';
        append_json_text(json, value);
    }
    return json += '}';
}

}  // namespace sluice
