#include "gateway/plugin_chain.hpp"

#include "gateway/plugin_request_state.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <array>

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
std::optional<HttpResponseData> follow(const hooks::HookAnswer& answer,
                                       std::array<ShownMessage, 2>& all_shown,
                                       const ShownMessage& shown, HttpRequestData& request) {
    if (!answer.failure.empty()) return plain_text(500, answer.failure);
    if (answer.has_response.value_or(false)) return read_response(answer.response);
    switch (apply_request(answer.request, shown, request)) {
        case RequestChange::none:
            return std::nullopt;
        case RequestChange::applied:
            all_shown = {};
            return std::nullopt;
        case RequestChange::forbidden:
            return plain_text(409,
                              "request method/path was modified by a plugin, this is not allowed");
    }
    return std::nullopt;
}

/// Applies what an http_post hook answered; says what was wrong with it.
std::string apply_answer(const PluginSlot& slot, const hooks::HookAnswer& answer,
                         ShownMessage& shown, HttpResponseData& response) {
    try {
        if (apply_response(answer.response, shown, response)) shown = ShownMessage();
        return {};
    } catch (const Error& error) {
        report_failure(slot, Phase::http_post, error.what());
        return fmt::format("plug-in {}: {}", slot.name(), error.what());
    }
}

}  // namespace

RequestHooks::RequestHooks(PluginRuntime& runtime, std::string_view request_id,
                           const HeaderOf& header)
    : state_(std::make_unique<State>(
          State{runtime.state(), hooks::HookContext(request_id), runtime.state().slots.size()})) {
    if (const std::size_t window = runtime.state().window; window > 0)
        state_->window.emplace(window);
    if (!runtime.state().versioned) return;
    for (const auto& slot : runtime.state().slots) {
        const auto& canary = slot->config.canary;
        const bool other =
            slot->canary && meets_canary(*canary, slot->config.name, request_id, header);
        state_->versions.push_back(other ? slot->canary.get() : slot.get());
    }
}

RequestHooks::~RequestHooks() = default;

std::string_view RequestHooks::context_json() const noexcept {
    return state_->context.json();
}

bool RequestHooks::selective() const noexcept {
    return state_->runtime.selective;
}

void RequestHooks::select(const MatchSubject& subject) {
    State& state = *state_;
    state.sees.resize(state.plugins());
    for (std::size_t i = 0; i < state.plugins(); ++i)
        state.sees[i] = matches(state.runtime.slots[i]->config.match, subject);
}

bool RequestHooks::takes_part(Phase phase) const noexcept {
    const State& state = *state_;
    if (state.sees.empty() && state.versions.empty()) return state.runtime.set->any(phase);
    for (std::size_t i = 0; i < state.plugins(); ++i)
        if (state.at(i, phase) != nullptr) return true;
    return false;
}

const ShownMessage& RequestHooks::State::shown(const PluginSlot& slot,
                                               const HttpRequestData& data) {
    const bool open = slot.config.see_credentials;
    ShownMessage& message = request[open ? 1 : 0];
    if (message.empty())
        message =
            shown_request(data, most_shown_body, open ? FieldKind::open_header : FieldKind::header);
    return message;
}

ReadReply RequestHooks::State::read(const PluginSlot& slot, Phase phase, const HookReply& reply) {
    ReadReply result = read_reply(runtime, slot, phase, reply);
    if (!result.fault.empty() && !result.paused) report_failure(slot, phase, result.fault);
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
    for (std::size_t i = 0; i < state.plugins(); ++i) {
        PluginSlot* const slot = state.at(i, Phase::http_pre);
        if (slot == nullptr) continue;
        const ShownMessage& shown = state.shown(*slot, request);
        const Envelope envelope =
            http_request_envelope(slot->form(Phase::http_pre), state.context.json(), shown.json);
        const HookReply reply =
            co_await call_hook(state.runtime, *slot, Phase::http_pre, envelope, state.counts[i]);
        const ReadReply read = state.read(*slot, Phase::http_pre, reply);
        const bool carry_on = slot->config.on_error == store::OnError::carry_on;
        if (carry_on && (read.failed || !read.answer.failure.empty())) continue;
        if (read.failed)
            co_return plain_text(reply.overload || reply.paused ? 503 : 500, read.reason);
        std::optional<HttpResponseData> now;
        try {
            now = follow(read.answer, state.request, shown, request);
        } catch (const Error& error) {
            report_failure(*slot, Phase::http_pre, error.what());
            if (carry_on) continue;
            now = plain_text(500, fmt::format("plug-in {}: {}", slot->name(), error.what()));
        }
        if (now) co_return now;
    }
    co_return std::nullopt;
}

http::Task<void> RequestHooks::http_post(const HttpRequestData& request,
                                         HttpResponseData& response) {
    State& state = *state_;
    ShownMessage shown;
    for (std::size_t i = state.plugins(); i-- > 0;) {
        PluginSlot* const slot = state.at(i, Phase::http_post);
        if (slot == nullptr) continue;
        if (shown.empty()) shown = shown_response(response);
        const Envelope envelope{R"({"context":)",
                                state.context.json(),
                                R"(,"request":)",
                                state.shown(*slot, request).json,
                                R"(,"response":)",
                                shown.json,
                                "}"};
        const HookReply reply =
            co_await call_hook(state.runtime, *slot, Phase::http_post, envelope, state.counts[i]);
        const ReadReply read = state.read(*slot, Phase::http_post, reply);
        std::string failure = read.failed ? read.reason : read.answer.failure;
        if (failure.empty() && !read.answer.has_response.value_or(true)) continue;
        if (failure.empty()) failure = apply_answer(*slot, read.answer, shown, response);
        if (failure.empty() || slot->config.on_error == store::OnError::carry_on) continue;
        if (slot->config.on_error == store::OnError::fail)
            response = plain_text(500, std::move(failure));
        co_return;
    }
}

}  // namespace sluice::gateway
