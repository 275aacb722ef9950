#include "gateway/plugin_http_codec.hpp"

#include "base/base64.hpp"
#include "base/json_text.hpp"
#include "gateway/plugin_fields.hpp"
#include "hooks/json_overlay.hpp"
#include "http/query.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <optional>

namespace sluice::gateway {
namespace {

using hooks::find_key;

void append_body(ShownMessage& shown, std::string_view body, std::size_t most_body) {
    shown.json += "\"body\":\"";
    shown.body_at = shown.json.size();
    if (body.size() <= most_body) append_base64(shown.json, body);
    shown.body_size = shown.json.size() - shown.body_at;
    shown.json += "\"}";
}

/// The bytes of a returned body; nothing when it was left as it was shown, or is null or "".
std::optional<std::string> new_body(JsonSlice body, std::string_view shown) {
    if (hooks::is_blank(body)) return std::nullopt;
    std::string unescaped;  // some JSON writers escape the slashes of base64
    std::string_view text;
    if (const auto plain = body.plain_string()) {
        text = *plain;
    } else {
        unescaped = body.string();
        text = unescaped;
    }
    if (body.is(JsonKind::string) && text == shown) return std::nullopt;
    std::string bytes;
    if (!body.is(JsonKind::string) || !decode_base64(text, bytes))
        throw Error(ErrorCode::guest_error, "it returned a body that is no base64 text");
    return bytes;
}

std::optional<int> new_status(JsonSlice status) {
    if (hooks::is_blank(status)) return std::nullopt;
    const auto number = status.whole();
    if (!number || *number < 200 || *number > 599)
        throw Error(ErrorCode::guest_error,
                    fmt::format("it returned the status code {:.20}, which is none from 200 to 599",
                                status.text()));
    return static_cast<int>(*number);
}

void check_object(JsonSlice returned, std::string_view what) {
    if (!returned.is(JsonKind::object))
        throw Error(ErrorCode::guest_error,
                    fmt::format("it returned a {} that is no object", what));
}

bool differs(JsonSlice returned, std::string_view present) {
    return !hooks::is_blank(returned) && !returned.says(present);
}

}  // namespace

HttpRequestData http_request_data(const http::RequestHead& head, std::string_view body) {
    HttpRequestData data{.method = std::string(head.method()),
                         .path = std::string(head.path()),
                         .query = http::parse_query(head.query()),
                         .body = std::string(body)};
    data.headers.reserve(head.fields().size());
    for (const http::Field& field : head.fields())
        data.headers.emplace_back(field.name, field.value);
    return data;
}

ShownMessage shown_request(const HttpRequestData& request, std::size_t most_body,
                           FieldKind headers) {
    ShownMessage shown{.headers = headers};
    const std::size_t body =
        request.body.size() <= most_body ? base64_size(request.body.size()) : 0;
    shown.json.reserve(body + 512);
    shown.json += "{\"method\":";
    append_json_text(shown.json, request.method);
    shown.json += ",\"path\":";
    append_json_text(shown.json, request.path);
    shown.json += ",\"headers\":";
    append_fields(shown.json, request.headers, headers);
    shown.json += ",\"query\":";
    append_fields(shown.json, request.query, FieldKind::query);
    shown.json += ",\"path_params\":{},";
    append_body(shown, request.body, most_body);
    return shown;
}

ShownMessage shown_response(const HttpResponseData& response) {
    ShownMessage shown;
    shown.json.reserve(base64_size(response.body.size()) + 256);
    fmt::format_to(std::back_inserter(shown.json),
                   "{{\"status_code\":{},\"headers\":", response.status);
    append_fields(shown.json, response.headers, FieldKind::header);
    shown.json += ',';
    append_body(shown, response.body, most_shown_body);
    return shown;
}

RequestChange apply_request(JsonSlice returned, const ShownMessage& shown,
                            HttpRequestData& request) {
    if (!returned.has_value() || returned.text() == shown.json) return RequestChange::none;
    check_object(returned, "request");
    if (differs(find_key(returned, "method"), request.method) ||
        differs(find_key(returned, "path"), request.path))
        return RequestChange::forbidden;
    auto body = new_body(find_key(returned, "body"), shown.body());
    auto query = request.query;
    auto headers = request.headers;
    const bool new_headers = apply_fields(find_key(returned, "headers"), headers, shown.headers);
    const bool new_query = apply_fields(find_key(returned, "query"), query, FieldKind::query);
    if (!body && !new_headers && !new_query) return RequestChange::none;
    if (body) request.body = *std::move(body);
    request.headers = std::move(headers);
    request.query = std::move(query);
    return RequestChange::applied;
}

bool apply_response(JsonSlice returned, const ShownMessage& shown, HttpResponseData& response) {
    if (!returned.has_value() || returned.text() == shown.json) return false;
    check_object(returned, "response");
    const auto status = new_status(find_key(returned, "statuscode"));
    auto body = new_body(find_key(returned, "body"), shown.body());
    const bool new_headers =
        apply_fields(find_key(returned, "headers"), response.headers, FieldKind::header);
    const bool changed = new_headers || body || (status && *status != response.status);
    if (status) response.status = *status;
    if (body) response.body = *std::move(body);
    return changed;
}

HttpResponseData read_response(JsonSlice returned) {
    HttpResponseData response;
    check_object(returned, "response");
    response.status = new_status(find_key(returned, "statuscode")).value_or(200);
    response.body = new_body(find_key(returned, "body"), {}).value_or(std::string());
    apply_fields(find_key(returned, "headers"), response.headers, FieldKind::header);
    return response;
}

}  // namespace sluice::gateway
