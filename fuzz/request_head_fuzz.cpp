#include "http/framing.hpp"
#include "http/head.hpp"
#include "http/request_checks.hpp"

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace sluice::http;

constexpr std::size_t limit = 1024;

void arrive(ReadBuffer& buffer, std::string_view bytes) {
    buffer.make_room(bytes.size());
    buffer.commit(asio::buffer_copy(buffer.space(), asio::buffer(bytes.data(), bytes.size())));
}

struct Result {
    HeadStatus status = HeadStatus::need_more;
    std::string text{};  ///< everything that a reader of the head may ask, or the problem
    bool operator==(const Result&) const = default;
};

void check_views(const RequestHead& head) {
    const auto is_inside = [&](std::string_view part) {
        return part.empty() || (part.data() >= head.raw().data() &&
                                part.data() + part.size() <= head.raw().data() + head.raw().size());
    };
    if (!is_inside(head.method()) || !is_inside(head.target())) std::abort();
    for (const Field& field : head.fields())
        if (!is_inside(field.name) || !is_inside(field.value)) std::abort();
}

/// What passes has exactly one way to be read.
void check_accepted(const RequestHead& head) {
    const auto framing = body_framing(head);
    const bool is_chunked = head.count(FieldId::transfer_encoding) > 0;
    if (is_chunked != (framing.kind == BodyFraming::Kind::chunked)) std::abort();
    if (is_chunked && head.count(FieldId::content_length) > 0) std::abort();
    if (head.count(FieldId::content_length) > 1 || head.count(FieldId::host) > 1) std::abort();
    for (const char c : head.raw())
        if (c == '\0') std::abort();
}

Result parse(std::string_view bytes, std::size_t piece) {
    ReadBuffer buffer(16, 1 << 20);
    RequestHead head;
    Result result;
    std::size_t at = 0;
    while (result.status == HeadStatus::need_more && at < bytes.size()) {
        arrive(buffer, bytes.substr(at, piece));
        at += piece;
        result.status = head.parse(buffer, limit);
    }
    result.text = head.problem();
    if (result.status != HeadStatus::complete) return result;
    check_views(head);
    const auto refusal = refuse_ambiguous(head);
    if (!refusal) check_accepted(head);
    result.text = std::string(head.raw()) + std::string(refusal.value_or("")) +
                  std::string(head.path()) + "?" + std::string(head.query()) +
                  (head.keep_alive() ? "k" : "c");
    return result;
}

}  // namespace

/// Property: a head is the same however it is cut, and what is served can be read in one way only.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Result whole = parse(bytes, bytes.size() + 1);
    const Result cut = parse(bytes, data[0] + std::size_t{1});
    if (whole != cut) std::abort();
    return 0;
}
