#include "gateway/plugin_chain.hpp"

#include "gateway/plugin_request_state.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <ranges>

namespace sluice::gateway {
namespace {

using hooks::Phase;

HttpResponseData plain_text(int status, std::string text) {
    return {.status = status,
            .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
            .body = std::move(text)};
}

/// What http_pre made of its answer: something to send now, or nothing.
/// Errors: \throws Error guest_error for an answer that breaks the rules.
std::optional<HttpResponseData> follow(const hooks::HookAnswer& answer, ShownMessage& shown,
                                       HttpRequestData& request) {
    if (!answer.failure.empty()) return plain_text(500, answer.failure);
    if (answer.has_response.value_or(false)) return read_response(answer.response);
    switch (apply_request(answer.request, shown, request)) {
        case RequestChange::none:
            return std::nullopt;
        case RequestChange::applied:
            shown = ShownMessage();
            return std::nullopt;
        case RequestChange::forbidden:
            return plain_text(409,
                              "request method/path was modified by a plugin, this is not allowed");
    }
    return std::nullopt;
}

}  // namespace

RequestHooks::RequestHooks(PluginRuntime& runtime, std::string_view request_id)
    : state_(std::make_unique<State>(
          State{runtime.state(), hooks::HookContext(request_id), runtime.state().slots.size()})) {}

RequestHooks::~RequestHooks() = default;

std::string_view RequestHooks::context_json() const noexcept {
    return state_->context.json();
}

ReadReply RequestHooks::State::read(const PluginSlot& slot, Phase phase, const HookReply& reply) {
    ReadReply result = read_reply(runtime, slot, phase, reply);
    if (!result.fault.empty()) report_failure(slot, phase, result.fault);
    merge_context(slot, phase, result);
    return result;
}

void RequestHooks::State::merge_context(const PluginSlot& slot, Phase phase,
                                        const ReadReply& read) {
    if (context.merge(read.answer.context, runtime.sent_document)) return;
    report_failure(slot, phase,
                   fmt::format("its context would pass the bound of {} bytes and is not kept",
                               hooks::HookContext::max_bytes));
}

http::Task<std::optional<HttpResponseData>> RequestHooks::http_pre(HttpRequestData& request) {
    State& state = *state_;
    for (const auto& slot : state.slots()) {
        if (!slot->takes_part(Phase::http_pre)) continue;
        if (state.request.empty()) state.request = shown_request(request);
        const Envelope envelope = http_request_envelope(slot->form(Phase::http_pre),
                                                        state.context.json(), state.request.json);
        const HookReply reply = co_await call_hook(state.runtime, *slot, Phase::http_pre, envelope);
        const ReadReply read = state.read(*slot, Phase::http_pre, reply);
        if (read.failed) co_return plain_text(reply.overload ? 503 : 500, read.reason);
        std::optional<HttpResponseData> now;
        try {
            now = follow(read.answer, state.request, request);
        } catch (const Error& error) {
            report_failure(*slot, Phase::http_pre, error.what());
            now = plain_text(500, fmt::format("plug-in {}: {}", slot->name(), error.what()));
        }
        if (now) co_return now;
    }
    co_return std::nullopt;
}

http::Task<void> RequestHooks::http_post(const HttpRequestData& request,
                                         HttpResponseData& response) {
    State& state = *state_;
    if (state.request.empty()) state.request = shown_request(request);
    ShownMessage shown;
    for (const auto& slot : state.slots() | std::views::reverse) {
        if (!slot->takes_part(Phase::http_post)) continue;
        if (shown.empty()) shown = shown_response(response);
        const Envelope envelope{R"({"context":)",
                                state.context.json(),
                                R"(,"request":)",
                                state.request.json,
                                R"(,"response":)",
                                shown.json,
                                "}"};
        const HookReply reply =
            co_await call_hook(state.runtime, *slot, Phase::http_post, envelope);
        const ReadReply read = state.read(*slot, Phase::http_post, reply);
        if (read.failed || !read.answer.failure.empty()) co_return;
        if (!read.answer.has_response.value_or(true)) continue;
        try {
            if (apply_response(read.answer.response, shown, response)) shown = ShownMessage();
        } catch (const Error& error) {
            report_failure(*slot, Phase::http_post, error.what());
            co_return;
        }
    }
}

}  // namespace sluice::gateway
