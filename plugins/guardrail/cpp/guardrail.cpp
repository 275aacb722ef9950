// Guardrail: blocks words in requests, adds a system message, masks e-mail addresses in answers,
// counts its calls.

#include "edits.hpp"
#include "rules.hpp"
#include "sluice/base64.hpp"
#include "sluice/guest.hpp"
#include "sluice/json.hpp"

#include <charconv>

namespace json = sluice::json;
using sluice::decode_base64;
using sluice::encode_base64;
using sluice::give;

namespace {

Rules rules;  // set by init; one instance serves one call at a time

constexpr std::string_view not_an_object =
    R"({"context":{},"error":"guardrail: the input is not a JSON object"})";
constexpr std::string_view not_an_object_in_post =
    R"({"context":{},"hook_error":"guardrail: the input is not a JSON object"})";

/// The start of an answer: the context as it came, with our count one up.
std::string answer(std::string_view input) {
    const std::string_view context = json::member(input, "context");
    if (context.empty() || context.front() != '{') return R"({"context":{"guardrail_hooks":1})";
    const std::string_view old = json::member(context, "guardrail_hooks");
    Edits edits(context);
    if (old.empty()) {
        const bool others = json::Walk::members(context).next();
        edits.replace(context.substr(0, 1),
                      std::string(R"({"guardrail_hooks":1)") + (others ? "," : ""));
    } else {
        std::uint32_t count = 0;  // stays 0 for what is no number
        std::from_chars(old.data(), old.data() + old.size(), count);
        edits.replace(old, std::to_string(count + 1));
    }
    return R"({"context":)" + edits.apply();
}

std::string refusal(const std::string& word) {
    const std::string body =
        R"({"error":{"message":)" + json::quote("guardrail: the word " + word + " is not allowed") +
        R"(,"type":"invalid_request_error","param":null,"code":"blocked_word"}})";
    return R"({"status_code":403,"headers":{"Content-Type":"application/json"},"body":")" +
           encode_base64(body) + "\"}";
}

const std::string* blocked_word(std::string_view input) {
    if (rules.blocked_words.empty()) return nullptr;
    const std::string_view body = json::member(json::member(input, "request"), "body");
    if (body.size() < 2 || body.front() != '"') return nullptr;
    const std::optional<std::string> bytes = decode_base64(body.substr(1, body.size() - 2));
    return bytes ? rules.blocked_word(*bytes) : nullptr;
}

/// A fallback asks again with what we gave: one message is enough.
bool is_our_system_message(std::string_view message) {
    return json::member(message, "role") == R"("system")" &&
           json::text_of(json::member(message, "content")) == rules.system_message;
}

/// The request with our message first; "null" when there is nothing to change.
std::string with_system_message(std::string_view request) {
    const std::string_view messages = json::member(request, "input");
    if (messages.empty() || messages.front() != '[' || rules.system_message.empty()) return "null";
    auto walk = json::Walk::elements(messages);
    const bool some = walk.next();
    if (some && is_our_system_message(walk.value())) return "null";
    Edits edits(request);
    edits.replace(messages.substr(0, 1), R"([{"role":"system","content":)" +
                                             json::quote(rules.system_message) +
                                             (some ? "}," : "}"));
    return edits.apply();
}

/// A quick look before a careful one: no address without an at sign, plain or as an escape.
bool may_hold_address(std::string_view text) {
    return text.find('@') != std::string_view::npos ||
           text.find("\\u0040") != std::string_view::npos;
}

/// The response without addresses; "null" when there are none.
std::string masked_response(std::string_view response) {
    if (!may_hold_address(response)) return "null";
    Edits edits(response);
    // The gateway wraps a response by its kind; a bare one has its choices at the top.
    edits.mask_choices(response);
    for (auto wrapped = json::Walk::members(response); wrapped.next();)
        edits.mask_choices(wrapped.value());
    return edits.empty() ? "null" : edits.apply();
}

}  // namespace

SLUICE_EXPORT("get_name") std::uint64_t get_name() {
    return give("guardrail-cpp");
}

SLUICE_EXPORT("init") std::int32_t init(const char* config, std::uint32_t size) {
    std::optional<Rules> read = Rules::read({config, size});
    if (!read) return 1;
    rules = std::move(*read);
    return 0;
}

SLUICE_EXPORT("cleanup") std::int32_t cleanup() {
    return 0;
}

SLUICE_EXPORT("http_pre_hook") std::uint64_t http_pre_hook(const char* text, std::uint32_t size) {
    const std::string_view input(text, size);
    if (!json::is_object(input)) return give(not_an_object);
    const std::string* word = blocked_word(input);
    return give(answer(input) + R"(,"request":null,"response":)" +
                (word != nullptr ? refusal(*word) : "null") + R"(,"has_response":)" +
                (word != nullptr ? "true" : "false") + R"(,"error":""})");
}

SLUICE_EXPORT("http_post_hook") std::uint64_t http_post_hook(const char* text, std::uint32_t size) {
    const std::string_view input(text, size);
    if (!json::is_object(input)) return give(not_an_object);
    return give(answer(input) + R"(,"error":""})");
}

SLUICE_EXPORT("http_stream_chunk_hook")
std::uint64_t http_stream_chunk_hook(const char* text, std::uint32_t size) {
    const std::string_view input(text, size);
    if (!json::is_object(input)) return give(not_an_object);
    const std::string_view chunk = json::member(input, "chunk");
    Edits edits(chunk);
    if (may_hold_address(chunk)) edits.mask_choices(chunk);
    // No chunk and no `skip`: the gateway sends the event on as it came.
    const bool masked = !edits.empty();
    return give(answer(input) + R"(,"chunk":)" + (masked ? edits.apply() : "null") +
                R"(,"has_chunk":)" + (masked ? "true" : "false") + R"(,"skip":false,"error":""})");
}

SLUICE_EXPORT("pre_hook") std::uint64_t pre_hook(const char* text, std::uint32_t size) {
    const std::string_view input(text, size);
    if (!json::is_object(input)) return give(not_an_object);
    return give(answer(input) + R"(,"request":)" +
                with_system_message(json::member(input, "request")) +
                R"(,"short_circuit":null,"has_short_circuit":false,"error":""})");
}

SLUICE_EXPORT("post_hook") std::uint64_t post_hook(const char* text, std::uint32_t size) {
    const std::string_view input(text, size);
    if (!json::is_object(input)) return give(not_an_object_in_post);
    std::string out =
        answer(input) + R"(,"response":)" + masked_response(json::member(input, "response"));
    const std::string_view error = json::member(input, "error");
    if (json::member(input, "has_error") == "true" && !error.empty()) {
        out.append(R"(,"error":)").append(error).append(R"(,"has_error":true,"hook_error":""})");
    } else {
        out.append(R"(,"error":null,"has_error":false,"hook_error":""})");
    }
    return give(out);
}
