#include "gateway/plugin_chain.hpp"
#include "gateway/plugin_llm_codec.hpp"
#include "gateway/plugin_request_state.hpp"

#include <sluice/error.hpp>

#include <ranges>

namespace sluice::gateway {
namespace {

using hooks::Phase;

/// What a pre hook's answer means: an outcome that short-circuits the provider, or nothing.
/// Errors: \throws Error guest_error for an answer that breaks the rules.
std::optional<llm::Outcome> follow(const hooks::HookAnswer& answer, std::string& sent,
                                   JsonDocument& scratch, LlmRequestData& request) {
    if (!answer.failure.empty()) return std::nullopt;  // the request stays as it was
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

/// Whether the guest's answer can be used; what breaks the rules is reported.
template <class Apply>
bool attempt(const PluginSlot& slot, Phase phase, Apply apply) {
    try {
        apply();
        return true;
    } catch (const Error& error) {
        report_failure(slot, phase, error.what());
        return false;
    }
}

}  // namespace

http::Task<std::optional<llm::Outcome>> RequestHooks::pre(LlmRequestData& request) {
    State& state = *state_;
    state.reached = state.slots().size();
    std::string sent;
    for (std::size_t i = 0; i < state.slots().size(); ++i) {
        PluginSlot& slot = *state.slots()[i];
        if (!slot.takes_part(Phase::pre)) continue;
        if (sent.empty()) sent = llm_request_json(request);
        const Envelope envelope =
            llm_request_envelope(slot.form(Phase::pre), state.context.json(), sent, request.stream);
        const HookReply reply = co_await call_hook(state.runtime, slot, Phase::pre, envelope);
        const ReadReply read = state.read(slot, Phase::pre, reply);
        if (read.failed) continue;
        std::optional<llm::Outcome> outcome;
        attempt(slot, Phase::pre,
                [&] { outcome = follow(read.answer, sent, state.runtime.sent_document, request); });
        if (!outcome) continue;
        state.reached = i + 1;
        co_return outcome;
    }
    co_return std::nullopt;
}

http::Task<void> RequestHooks::post(llm::Outcome& outcome) {
    State& state = *state_;
    for (std::size_t i = state.reached; i-- > 0;) {
        PluginSlot& slot = *state.slots()[i];
        if (!slot.takes_part(Phase::post)) continue;
        const ShownOutcome shown(outcome);
        const Envelope envelope = outcome_envelope(slot.form(Phase::post), state.context.json(),
                                                   shown.response, shown.error);
        const HookReply reply = co_await call_hook(state.runtime, slot, Phase::post, envelope);
        const ReadReply read = state.read(slot, Phase::post, reply);
        if (read.failed || !read.answer.failure.empty()) continue;
        attempt(slot, Phase::post, [&] {
            apply_post(read.answer, shown.error, state.runtime.sent_document, outcome);
        });
    }
}

}  // namespace sluice::gateway
