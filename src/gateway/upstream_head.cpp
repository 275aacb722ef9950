#include "gateway/upstream_head.hpp"

#include "http/reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::gateway {

namespace {

using http::FieldId;

/// Asking for a compressed answer would hide it from hooks and from the counting of tokens.
constexpr std::array<std::string_view, 24> kept_here{
    "host",
    "content-length",
    "content-type",
    "authorization",
    "cookie",
    "expect",
    "accept-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
    "transfer-encoding",
    "proxy-authorization",
    "proxy-authenticate",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "x-request-id",
    "x-bf-vk",
    "x-bf-api-key",
    "x-bf-api-key-id",
    "forwarded",
};
constexpr std::string_view option_prefix = "x-bf-";
constexpr std::string_view forward_prefix = "x-bf-eh-";

bool begins_with(std::string_view name, std::string_view prefix) noexcept {
    return name.size() >= prefix.size() &&
           http::equal_ignoring_case(name.substr(0, prefix.size()), prefix);
}

/// The common fields by their number, so that they are not compared again.
bool surely_stays(FieldId id) noexcept {
    switch (id) {
        case FieldId::host:
        case FieldId::content_length:
        case FieldId::content_type:
        case FieldId::authorization:
        case FieldId::cookie:
        case FieldId::expect:
        case FieldId::accept_encoding:
            return true;
        default:
            return http::is_hop_by_hop(id);
    }
}

void append_end(std::string& head, std::string_view request_id, std::size_t body_bytes) {
    head += "x-request-id: ";
    head += request_id;
    head += "\r\nContent-Length: ";
    head += fmt::format_int(body_bytes).c_str();
    head += "\r\n\r\n";
}

}  // namespace

bool is_for_provider(std::string_view name) noexcept {
    return std::ranges::none_of(
        kept_here, [&](std::string_view kept) { return http::equal_ignoring_case(name, kept); });
}

std::string_view forwarded_name(std::string_view name) noexcept {
    if (begins_with(name, forward_prefix)) name.remove_prefix(forward_prefix.size());
    if (begins_with(name, option_prefix) || !is_for_provider(name)) return {};
    return name;
}

void assign_upstream_head(std::string& head, const Choice& choice, const http::RequestHead& client,
                          std::string_view request_id, std::size_t body_bytes) {
    const Provider& provider = *choice.provider;
    const std::string& prefix = provider.chat_heads[choice.key];
    head.reserve(prefix.size() + client.raw().size() + 128);
    head = prefix;
    const auto connection = client.find(FieldId::connection);
    const bool names_fields = connection && !http::equal_ignoring_case(*connection, "keep-alive") &&
                              !http::equal_ignoring_case(*connection, "close");
    for (const http::Field& field : client.fields()) {
        if (surely_stays(field.id)) continue;
        const std::string_view name =
            field.id == FieldId::other ? forwarded_name(field.name) : field.name;
        if (name.empty() || provider.sets_field(name) ||
            (names_fields && client.is_named_in_connection(field.name)))
            continue;
        head.append(name).append(": ").append(field.value).append("\r\n");
    }
    append_end(head, request_id, body_bytes);
}

void assign_upstream_head(std::string& head, const Choice& choice, const HttpRequestData& client,
                          std::string_view request_id, std::size_t body_bytes) {
    head = choice.provider->chat_heads[choice.key];
    for (const auto& [field, value] : client.headers) {
        const std::string_view name = forwarded_name(field);
        if (!choice.provider->sets_field(name)) http::append_field(head, name, value);
    }
    append_end(head, request_id, body_bytes);
}

}  // namespace sluice::gateway
