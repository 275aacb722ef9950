#include "gateway/plugin_chain.hpp"
#include "gateway/plugin_llm_codec.hpp"
#include "gateway/plugin_request_state.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <utility>

namespace sluice::gateway {
namespace {

using hooks::Phase;

/// What a pre hook's answer means: an outcome that short-circuits the provider, or nothing.
/// Errors: \throws Error guest_error for an answer that breaks the rules.
std::optional<llm::Outcome> follow(const hooks::HookAnswer& answer, std::string& sent,
                                   JsonDocument& scratch, LlmRequestData& request) {
    if (answer.has_short_circuit) {
        auto outcome = read_short_circuit(answer.short_circuit);
        if (outcome) return outcome;
    }
    if (apply_llm_request(answer.request, sent, scratch, request)) sent.clear();
    return std::nullopt;
}

/// What a post hook is shown: a response or an error.
struct ShownOutcome {
    std::string_view response{};  ///< empty when there is an error
    std::string error{};

    explicit ShownOutcome(const llm::Outcome& outcome) {
        if (const auto* answer = std::get_if<llm::ChatResponse>(&outcome))
            response = answer->body.empty() ? std::string_view("{}") : answer->body;
        else
            error = llm::to_json(std::get<llm::ApiError>(outcome));
    }
};

/// Applies a guest's answer; what breaks the rules is reported and said.
template <class Apply>
std::string attempt(const PluginSlot& slot, Phase phase, Apply apply) {
    try {
        apply();
        return {};
    } catch (const Error& error) {
        report_failure(slot, phase, error.what());
        return fmt::format("plug-in {}: {}", slot.name(), error.what());
    }
}

/// Why nothing of a reply can be used, for clients; empty when all is well.
std::string failure_of(const ReadReply& read) {
    return read.failed ? read.reason : read.answer.failure;
}

/// What a request fails with where the plug-in's configuration says so.
llm::Outcome plugin_error(std::string message) {
    return llm::ApiError{.status = 500,
                         .type = std::string(llm::error_type_of(500)),
                         .code = "plugin_error",
                         .message = std::move(message),
                         .is_bifrost_error = true};
}

}  // namespace

http::Task<std::optional<llm::Outcome>> RequestHooks::pre(LlmRequestData& request) {
    State& state = *state_;
    state.reached = state.plugins();
    std::string sent;
    for (std::size_t i = 0; i < state.plugins(); ++i) {
        if (state.at(i, Phase::pre) == nullptr) continue;
        PluginSlot& slot = *state.at(i, Phase::pre);
        if (sent.empty()) sent = llm_request_json(request);
        const Envelope envelope =
            llm_request_envelope(slot.form(Phase::pre), state.context.json(), sent, request.stream);
        const HookReply reply =
            co_await call_hook(state.runtime, slot, Phase::pre, envelope, state.counts[i]);
        const ReadReply read = state.read(slot, Phase::pre, reply);
        std::optional<llm::Outcome> outcome;
        std::string failure = failure_of(read);
        if (failure.empty())
            failure = attempt(slot, Phase::pre, [&] {
                outcome = follow(read.answer, sent, state.runtime.sent_document, request);
            });
        if (!failure.empty() && slot.config.on_error == store::OnError::fail)
            outcome = plugin_error(std::move(failure));
        if (!outcome) continue;
        state.reached = i + 1;
        co_return outcome;
    }
    co_return std::nullopt;
}

http::Task<void> RequestHooks::post(llm::Outcome& outcome) {
    State& state = *state_;
    for (std::size_t i = state.reached; i-- > 0;) {
        if (state.at(i, Phase::post) == nullptr) continue;
        PluginSlot& slot = *state.at(i, Phase::post);
        const ShownOutcome shown(outcome);
        const Envelope envelope = outcome_envelope(slot.form(Phase::post), state.context.json(),
                                                   shown.response, shown.error);
        const HookReply reply =
            co_await call_hook(state.runtime, slot, Phase::post, envelope, state.counts[i]);
        const ReadReply read = state.read(slot, Phase::post, reply);
        std::string failure = failure_of(read);
        if (failure.empty())
            failure = attempt(slot, Phase::post, [&] {
                apply_post(read.answer, shown.error, state.runtime.sent_document, outcome);
            });
        if (!failure.empty() && slot.config.on_error == store::OnError::fail)
            outcome = plugin_error(std::move(failure));
    }
}

}  // namespace sluice::gateway
