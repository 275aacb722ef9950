#pragma once

#include "base/json_slices.hpp"
#include "gateway/plugin_chain.hpp"
#include "gateway/plugin_fields.hpp"
#include "http/head.hpp"

#include <string>
#include <string_view>

/// HTTP messages as plug-ins see them, and what they made of them. Without I/O.
/// Source: the facts page of the gateway, 2.1 to 2.3 and 3.2.
namespace sluice::gateway {

/// Bodies above this are shown as empty, as the original does: base64 and the guest's own copies
/// would need many times their size.
inline constexpr std::size_t most_shown_body = 10 << 20;
/// The request's body with every chunk of a stream; larger ones are shown as empty there.
inline constexpr std::size_t most_shown_with_chunks = 16 << 10;

/// A message in the JSON that plug-ins are shown. Made once, used for every hook until it changes.
struct ShownMessage {
    std::string json{};
    std::size_t body_at = 0;  ///< of the base64 text in `json`
    std::size_t body_size = 0;
    FieldKind headers = FieldKind::header;

    bool empty() const noexcept { return json.empty(); }
    std::string_view body() const { return std::string_view(json).substr(body_at, body_size); }
};

/// A request as HTTP hooks see it.
HttpRequestData http_request_data(const http::RequestHead& head, std::string_view body);

/// `headers` says whether credentials are among what is shown.
ShownMessage shown_request(const HttpRequestData& request, std::size_t most_body = most_shown_body,
                           FieldKind headers = FieldKind::header);
ShownMessage shown_response(const HttpResponseData& response);

/// What became of a request in a plug-in's hands.
enum class RequestChange {
    none,
    applied,
    forbidden,  ///< method or path are others; nothing was applied
};

/// Replaces the fields of `request` that a plug-in returned with another value. Absent, null, {}
/// and
/// "" change nothing, nor does what was left as it was shown.
/// Errors: \throws Error guest_error for what no request can hold; nothing was applied then.
RequestChange apply_request(JsonSlice returned, const ShownMessage& shown,
                            HttpRequestData& request);

/// The same for a response; true when something changed.
bool apply_response(JsonSlice returned, const ShownMessage& shown, HttpResponseData& response);

/// The response that a plug-in answers with in place of the gateway.
/// Errors: \throws Error guest_error when it is no object or has no sound status, header or body.
HttpResponseData read_response(JsonSlice returned);

}  // namespace sluice::gateway
