#include "gateway/plugin_runtime.hpp"

#include <utility>

namespace sluice::gateway {
namespace {

std::vector<std::string> texts_of(const Envelope& envelope) {
    const auto pieces = envelope.pieces();
    const std::array<std::size_t, 1> one{pieces.size()};
    std::vector<std::string> texts;
    std::size_t at = 0;
    for (const std::size_t end : envelope.ends().empty() ? std::span(one) : envelope.ends()) {
        std::string& text = texts.emplace_back();
        for (; at < end; ++at) text += pieces[at];
    }
    return texts;
}

}  // namespace

void offer_to_shadow(PluginRuntime::State& runtime, const PluginSlot& slot, hooks::Phase phase,
                     const Envelope& envelope, const HookReply& reply) {
    if (!slot.shadow || runtime.around.shadows == nullptr) return;
    Metrics::Shadow& series = *slot.shadow_series[static_cast<std::size_t>(phase)];
    if (!slot.shadow->admit(envelope.bytes() + reply.text.size())) {
        slot.shadow->count(phase, ShadowResult::dropped);
        Metrics::count(series, ShadowResult::dropped);
        return;
    }
    runtime.around.shadows->take(
        slot.shadow,
        {.phase = phase, .input = texts_of(envelope), .answer = reply.text, .fault = reply.fault},
        series);
}

}  // namespace sluice::gateway
