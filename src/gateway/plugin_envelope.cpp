#include "gateway/plugin_envelope.hpp"

#include <cassert>

namespace sluice::gateway {
namespace {

using hooks::Convention;
using store::RequestShape;

/// A request in each spelling: what stands before it and behind it. With `all` it stands there
/// three times, the first time without its closing brace.
struct RequestWrap {
    std::string_view before;
    std::string_view between;
    std::string_view behind;
};

RequestWrap wrap(RequestShape shape, bool stream) {
    switch (shape) {
        case RequestShape::snake:
            return {R"({"chat_request":)", {}, "}"};
        case RequestShape::go:
            return {stream ? R"({"RequestType":"chat_completion_stream","ChatRequest":)"
                           : R"({"RequestType":"chat_completion","ChatRequest":)",
                    {},
                    "}"};
        case RequestShape::all:
            return {R"(,"chat_request":)",
                    stream ? R"(,"RequestType":"chat_completion_stream","ChatRequest":)"
                           : R"(,"RequestType":"chat_completion","ChatRequest":)",
                    "}"};
        case RequestShape::flat:
            break;
    }
    return {};
}

}  // namespace

Envelope::Envelope(std::initializer_list<std::string_view> pieces) {
    for (const std::string_view piece : pieces) add(piece);
}

Envelope Envelope::separate(std::initializer_list<std::initializer_list<std::string_view>> texts) {
    Envelope envelope{};
    for (const auto& text : texts) {
        for (const std::string_view piece : text) envelope.add(piece);
        assert(envelope.end_count_ < envelope.ends_.size());
        envelope.ends_[envelope.end_count_++] = envelope.count_;
    }
    return envelope;
}

void Envelope::add(std::string_view piece) {
    if (piece.empty()) return;
    assert(count_ < pieces_.size());
    pieces_[count_++] = piece;
}

std::size_t Envelope::bytes() const noexcept {
    std::size_t total = 0;
    for (const std::string_view piece : pieces()) total += piece.size();
    return total;
}

Envelope http_request_envelope(InputForm form, std::string_view context, std::string_view request) {
    if (form.convention == Convention::separate) return Envelope::separate({{context}, {request}});
    return {envelope_opening, context, R"(,"request":)", request, "}"};
}

Envelope llm_request_envelope(InputForm form, std::string_view context, std::string_view request,
                              bool stream) {
    const RequestWrap w = wrap(form.shape, stream);
    const bool all = form.shape == RequestShape::all;
    const std::string_view open = all ? request.substr(0, request.size() - 1) : std::string_view();
    const std::string_view middle = all ? request : std::string_view();
    if (form.convention == Convention::separate)
        return Envelope::separate(
            {{context}, {open, w.before, middle, w.between, request, w.behind}});
    return {envelope_opening, context,   R"(,"request":)", open,     w.before,
            middle,           w.between, request,          w.behind, "}"};
}

Envelope outcome_envelope(InputForm form, std::string_view context, std::string_view response,
                          std::string_view error, std::string_view opening) {
    const bool snake = form.shape != RequestShape::go;
    const bool both = form.shape == RequestShape::all;
    const std::string_view before = snake ? R"({"chat_response":)" : R"({"ChatResponse":)";
    const std::string_view between = both ? R"(,"ChatResponse":)" : std::string_view();
    const std::string_view again = both ? response : std::string_view();
    if (form.convention == Convention::separate) {
        if (!error.empty()) return Envelope::separate({{context}, {"null"}, {error}});
        return Envelope::separate({{context}, {before, response, between, again, "}"}, {"null"}});
    }
    if (!error.empty())
        return {opening, context, R"(,"response":null,"error":)", error, R"(,"has_error":true})"};
    return {opening,
            context,
            R"(,"response":)",
            before,
            response,
            between,
            again,
            R"(},"error":{},"has_error":false})"};
}

}  // namespace sluice::gateway
