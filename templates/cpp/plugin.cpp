// my-plugin: puts a system message in front of every chat. Change it to what you need.

#include "guest.hpp"
#include "json.hpp"

namespace {

std::string message = "Answer in one sentence.";

std::uint64_t fail(std::string_view why) {
    return give(R"({"context":{},"error":)" + json::quote(why) + "}");
}

}  // namespace

GUEST_EXPORT("get_name") std::uint64_t get_name() {
    return give("my-plugin");
}

/// Reads `config` of the plug-in's entry. Anything but 0 refuses the plug-in.
GUEST_EXPORT("init") std::int32_t init(const char* text, std::uint32_t size) {
    const std::string_view config(text, size);
    if (!json::is_object(config)) return 1;
    const std::string_view given = json::member(config, "message");
    if (given.empty()) return 0;
    const auto read = json::text_of(given);
    if (!read) return 1;
    message = *read;
    return 0;
}

GUEST_EXPORT("pre_hook") std::uint64_t pre_hook(const char* text, std::uint32_t size) {
    const std::string_view input(text, size);
    if (!json::is_object(input)) return fail("the input is not a JSON object");
    std::string_view messages = json::member(json::member(input, "request"), "input");
    if (!messages.starts_with('[')) return fail("the request has no messages");

    // Ours in front of the others. What is left out of an answer stays as it was.
    const bool others = json::Walk::elements(messages).next();
    messages.remove_prefix(1);
    const std::string ours = R"({"role":"system","content":)" + json::quote(message) + "}";
    return give(R"({"context":{},"request":{"input":[)" + ours + (others ? "," : "") +
                std::string(messages) + R"(},"error":""})");
}
