#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "gateway/plugin_chain.hpp"
#include "gateway/plugin_llm_codec.hpp"
#include "gateway/plugin_request_state.hpp"
#include "hooks/json_overlay.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace sluice::gateway {
namespace {

using hooks::ChunkForm;
using hooks::Phase;
using Fate = RequestHooks::ChunkFate;

/// What a chunk is, as far as hooks are concerned.
enum class ChunkKind {
    unreadable,  ///< no JSON object: plug-ins could make nothing of it
    part,
    last,   ///< the finish reason or the usage has come
    error,  ///< the provider's error in place of a part
};

bool says_how_it_ended(JsonSlice choices) {
    for (const JsonSlice choice : choices.elements())
        if (!hooks::is_blank(choice.find("finish_reason"))) return true;
    return false;
}

ChunkKind kind_of(std::string_view chunk, JsonDocument& document) {
    try {
        const JsonSlice root = document.read(chunk);
        if (!root.is(JsonKind::object)) return ChunkKind::unreadable;
        const JsonSlice choices = root.find("choices");
        if (!choices && !hooks::is_blank(root.find("error"))) return ChunkKind::error;
        const bool last = says_how_it_ended(choices) || root.find("usage").has_value();
        return last ? ChunkKind::last : ChunkKind::part;
    } catch (const Error&) {
        return ChunkKind::unreadable;  // expected of a broken provider: sent on as it came
    }
}

std::string base64_of(std::string_view chunk) {
    std::string text = "\"";
    append_base64(text, chunk);
    return text += '"';
}

bool contains_ignoring_case(std::string_view text, std::string_view word) {
    return !std::ranges::search(text, word, {}, [](char c) { return lower_case(c); }).empty();
}

/// Whether the guest could not read an object where it wanted text.
bool wants_text(const hooks::HookAnswer& answer) {
    return !answer.has_chunk && (contains_ignoring_case(answer.failure, "parse error") ||
                                 contains_ignoring_case(answer.failure, "invalid type") ||
                                 contains_ignoring_case(answer.failure, "unmarshal"));
}

/// Puts the chunk that a guest returned, as an object or as base64 text of one, over the present
/// one. Errors: \throws Error guest_error or invalid_input when it is neither.
void apply_chunk(JsonSlice returned, JsonDocument& sent_document, std::string& chunk) {
    if (hooks::is_blank(returned) || returned.text() == chunk) return;
    JsonDocument decoded_document;
    std::string decoded;
    if (returned.is(JsonKind::string)) {
        if (!decode_base64(returned.string(), decoded))
            throw Error(ErrorCode::guest_error, "it returned a chunk that is no base64 text");
        if (decoded == chunk) return;
        returned = decoded_document.read(decoded);
    }
    if (!returned.is(JsonKind::object))
        throw Error(ErrorCode::guest_error, "it returned a chunk that is no object");
    std::string text;
    text.reserve(chunk.size() + returned.text().size());
    if (overlay(sent_document.read(chunk), returned, hooks::Additions::not_blank, text))
        chunk = std::move(text);
}

std::string stop_text(const PluginSlot& slot, std::string_view why) {
    return fmt::format("failed to intercept chunk with plugin {}: {}", slot.name(), why);
}

/// What a failing chunk hook does. The chunk then holds the error's text, or stays as it was.
Fate fate_of_failure(const PluginSlot& slot, std::string_view why, std::string& chunk) {
    if (slot.config.on_error == store::OnError::carry_on) return Fate::send;
    chunk = stop_text(slot, why);
    return Fate::stop;
}

/// Source: the facts page of the gateway, 2.3, the table of the chunk hook.
Fate follow(const PluginSlot& slot, const ReadReply& read, JsonDocument& sent_document,
            std::string& chunk) {
    if (read.failed) return fate_of_failure(slot, read.reason, chunk);
    const hooks::HookAnswer& answer = read.answer;
    if (!answer.failure.empty() && !answer.has_chunk)
        return fate_of_failure(slot, answer.failure, chunk);
    if (answer.skip) return Fate::drop;
    if (!answer.has_chunk) return Fate::send;
    try {
        apply_chunk(answer.chunk, sent_document, chunk);
    } catch (const Error& error) {
        report_failure(slot, Phase::stream_chunk, error.what());
        return fate_of_failure(slot, error.what(), chunk);
    }
    return Fate::send;
}

Envelope chunk_envelope(std::string_view opening, std::string_view context,
                        std::string_view request, std::string_view chunk) {
    return {opening, context, R"(,"request":)", request, R"(,"chunk":)", chunk, "}"};
}

}  // namespace

void RequestHooks::State::advance_window(std::string_view chunk) {
    if (!window) return;
    window->next(chunk.empty() ? JsonSlice() : runtime.sent_document.read(chunk));
}

std::string RequestHooks::State::opening(const PluginSlot& slot) const {
    if (slot.config.window == 0 || !window) return std::string(envelope_opening);
    return fmt::format(R"({{"window":{},"context":)", window->json(slot.config.window));
}

/// Calls the chunk hook in the form that the guest wants; on the first chunk, finds that form out.
/// References: all of them belong to stream_chunk's frame and its caller's.
http::Task<ReadReply> RequestHooks::State::read_chunk(std::size_t place,
                                                      const HttpRequestData& data,
                                                      const std::string& chunk, HookReply& reply) {
    PluginSlot& slot = *at(place, Phase::stream_chunk);
    const std::string_view shown = shown_with_chunk(slot, data);
    const ChunkForm known = slot.plugin.chunk_form();
    std::string text;
    if (known == ChunkForm::base64) text = base64_of(chunk);
    const std::string start = opening(slot);
    const Envelope envelope =
        chunk_envelope(start, context.json(), shown, text.empty() ? chunk : text);
    reply = co_await call_hook(runtime, slot, Phase::stream_chunk, envelope, counts[place]);
    ReadReply first = read_reply(runtime, slot, Phase::stream_chunk, reply);
    if (known != ChunkForm::unknown || first.failed) co_return first;
    if (!wants_text(first.answer)) {
        slot.plugin.remember(ChunkForm::object);
        co_return first;
    }
    text = base64_of(chunk);
    const Envelope second_envelope = chunk_envelope(start, context.json(), shown, text);
    reply = co_await call_hook(runtime, slot, Phase::stream_chunk, second_envelope, counts[place]);
    ReadReply second = read_reply(runtime, slot, Phase::stream_chunk, reply);
    const bool better = !second.failed && second.answer.failure.empty();
    slot.plugin.remember(better ? ChunkForm::base64 : ChunkForm::object);
    if (better) co_return second;
    co_return ReadReply{.answer = {.failure = first.fault}, .fault = first.fault};
}

std::string_view RequestHooks::State::shown_with_chunk(const PluginSlot& slot,
                                                       const HttpRequestData& data) {
    const bool open = slot.config.see_credentials;
    std::string& json = chunk_request[open ? 1 : 0];
    if (json.empty())
        json = shown_request(data, most_shown_with_chunks,
                             open ? FieldKind::open_header : FieldKind::header)
                   .json;
    return json;
}

http::Task<Fate> RequestHooks::stream_chunk(const HttpRequestData& request, std::string& chunk) {
    State& state = *state_;
    const bool readable = kind_of(chunk, state.runtime.sent_document) != ChunkKind::unreadable;
    if (!std::exchange(state.window_is_at_chunk, false))
        state.advance_window(readable ? std::string_view(chunk) : std::string_view());
    if (!readable) co_return Fate::send;
    for (std::size_t i = state.plugins(); i-- > 0;) {
        PluginSlot* const slot = state.at(i, Phase::stream_chunk);
        if (slot == nullptr) continue;
        HookReply reply;
        const ReadReply read = co_await state.read_chunk(i, request, chunk, reply);
        if (!read.fault.empty() && !read.paused)
            report_failure(*slot, Phase::stream_chunk, read.fault);
        state.merge_context(*slot, Phase::stream_chunk, read);
        const Fate fate = follow(*slot, read, state.runtime.sent_document, chunk);
        if (fate != Fate::send) co_return fate;
    }
    co_return Fate::send;
}

http::Task<Fate> RequestHooks::post_chunk(std::string& chunk) {
    State& state = *state_;
    const ChunkKind kind = kind_of(chunk, state.runtime.sent_document);
    const bool readable = kind != ChunkKind::unreadable;
    state.advance_window(readable ? std::string_view(chunk) : std::string_view());
    state.window_is_at_chunk = true;
    if (!readable) co_return Fate::send;
    if (kind == ChunkKind::last && !std::exchange(state.stream_end_marked, true))
        state.context.set("stream_end", "true", state.runtime.sent_document);
    bool is_error = kind == ChunkKind::error;
    for (std::size_t i = state.reached; i-- > 0;) {
        if (state.at(i, Phase::post) == nullptr) continue;
        PluginSlot& slot = *state.at(i, Phase::post);
        const std::string_view response = is_error ? std::string_view() : chunk;
        const std::string_view error = is_error ? chunk : std::string_view();
        const std::string start = state.opening(slot);
        const Envelope envelope =
            outcome_envelope(slot.form(Phase::post), state.context.json(), response, error, start);
        const HookReply reply =
            co_await call_hook(state.runtime, slot, Phase::post, envelope, state.counts[i]);
        const ReadReply read = state.read(slot, Phase::post, reply);
        if (read.failed || !read.answer.failure.empty()) {
            if (slot.config.on_error != store::OnError::fail) continue;
            chunk = stop_text(slot, read.failed ? read.reason : read.answer.failure);
            co_return Fate::stop;
        }
        const bool has_error = read.answer.has_error.value_or(false);
        if (has_error && !is_error && !hooks::is_blank(read.answer.error)) {
            chunk = read_api_error(read.answer.error).message;
            co_return Fate::stop;
        }
        if (has_error || !read.answer.response.is(JsonKind::object)) continue;
        const JsonSlice sent = is_error ? JsonSlice() : state.runtime.sent_document.read(chunk);
        auto text = overlaid_response(read.answer.response, sent);
        if (!text) continue;
        chunk = *std::move(text);
        is_error = false;
    }
    co_return Fate::send;
}

}  // namespace sluice::gateway
