#include "http/framing.hpp"

#include <charconv>

namespace sluice::http {
namespace {

using Kind = BodyFraming::Kind;

/// What the fields say; `otherwise` when they say nothing.
BodyFraming by_fields(const Head& head, Kind otherwise) noexcept {
    if (head.find(FieldId::transfer_encoding)) return {.kind = Kind::chunked};
    const auto length = head.find(FieldId::content_length);
    if (!length) return {.kind = otherwise};
    std::uint64_t bytes = 0;
    std::from_chars(length->data(), length->data() + length->size(), bytes);
    if (bytes == 0) return {};
    return {.kind = Kind::length, .bytes = bytes};
}

}  // namespace

BodyFraming body_framing(const RequestHead& head) noexcept {
    return by_fields(head, Kind::none);
}

BodyFraming body_framing(const ResponseHead& head, std::string_view request_method) noexcept {
    const int status = head.status();
    if (request_method == "HEAD" || status / 100 == 1 || status == 204 || status == 304) return {};
    return by_fields(head, Kind::until_close);
}

}  // namespace sluice::http
