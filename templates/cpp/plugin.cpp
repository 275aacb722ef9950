// my-plugin: puts a system message in front of every chat. Change it to what you need.

#include "sluice/plugin.hpp"

namespace {

struct SystemMessage {
    static constexpr std::string_view name = "my-plugin";

    /// Reads `config` of the plug-in's entry. False refuses the plug-in.
    bool init(const sluice::Members& config) {
        const std::string_view given = config.get("message");
        if (given.empty()) return true;
        const std::optional<std::string> read = sluice::json::text_of(given);
        if (read) text = *read;
        return read.has_value();
    }

    std::optional<sluice::ShortCircuit> pre_hook(sluice::Context& context,
                                                 sluice::ChatRequest& request) {
        if (!request.has_messages()) {
            context.fail("the request has no messages");
            return std::nullopt;
        }
        std::vector<sluice::Message> messages = request.messages();
        messages.insert(messages.begin(), sluice::Message("system", text));
        request.set_messages(std::move(messages));
        return std::nullopt;
    }

    std::string text = "Answer in one sentence.";
};

}  // namespace

SLUICE_PLUGIN(SystemMessage, pre_hook)
