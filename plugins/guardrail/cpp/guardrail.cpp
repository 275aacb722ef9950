// Guardrail: blocks words in requests, adds a system message, masks e-mail addresses in answers,
// counts its calls.

#include "guest.hpp"
#include "rules.hpp"

namespace {

Rules rules;  // set by init; one instance serves one call at a time

/// The context as it came, with our count one up.
Json counted(Json& input) {
    Json* given = member(input, "context");
    Json context = given != nullptr && given->is_object() ? std::move(*given) : Json::object();
    const Json* count = member(context, "guardrail_hooks");
    const std::uint64_t before =
        count != nullptr && count->is_number_unsigned() ? count->get<std::uint64_t>() : 0;
    context["guardrail_hooks"] = before + 1;
    return context;
}

Json not_an_object(const char* error_member) {
    return {{"context", Json::object()},
            {error_member, "guardrail: the input is not a JSON object"}};
}

Json refusal(const std::string& word) {
    const Json body = {{"error",
                        {{"message", "guardrail: the word " + word + " is not allowed"},
                         {"type", "invalid_request_error"},
                         {"param", nullptr},
                         {"code", "blocked_word"}}}};
    return {{"status_code", 403},
            {"headers", {{"Content-Type", "application/json"}}},
            {"body", encode_base64(body.dump(-1, ' ', false, Json::error_handler_t::replace))}};
}

bool mask_text(Json* value) {
    return value != nullptr && value->is_string() && mask_addresses(value->get_ref<std::string&>());
}

/// `content` is a string or a list of blocks with a `text` each.
bool mask_message(Json* message) {
    Json* content = message != nullptr ? member(*message, "content") : nullptr;
    bool masked = mask_text(content);
    if (content != nullptr && content->is_array()) {
        for (Json& block : *content) masked |= mask_text(member(block, "text"));
    }
    return masked;
}

/// What the model said: `message`, `delta` or `text` of each choice. False when no address was
/// there.
bool mask_choices(Json& response) {
    bool masked = false;
    Json* choices = member(response, "choices");
    if (choices == nullptr || !choices->is_array()) return false;
    for (Json& choice : *choices) {
        masked |= mask_message(member(choice, "message"));
        masked |= mask_message(member(choice, "delta"));
        masked |= mask_text(member(choice, "text"));
    }
    return masked;
}

bool is_our_system_message(const Json& message) {
    const Json* role = member(message, "role");
    const Json* content = member(message, "content");
    return role != nullptr && *role == "system" && content != nullptr &&
           *content == rules.system_message;
}

}  // namespace

GUEST_EXPORT("get_name") std::uint64_t get_name() {
    return give(std::string_view("guardrail-cpp"));
}

GUEST_EXPORT("init") std::int32_t init(const char* config, std::uint32_t size) {
    std::optional<Rules> read = Rules::read({config, size});
    if (!read) return 1;
    rules = std::move(*read);
    return 0;
}

GUEST_EXPORT("cleanup") std::int32_t cleanup() {
    return 0;
}

GUEST_EXPORT("http_pre_hook") std::uint64_t http_pre_hook(const char* text, std::uint32_t size) {
    Json input = parse({text, size});
    if (!input.is_object()) return give_json(not_an_object("error"));
    const std::string* word = nullptr;
    const Json* request = member(input, "request");
    const Json* body = request != nullptr ? member(*request, "body") : nullptr;
    if (body != nullptr && body->is_string()) {
        if (const auto bytes = decode_base64(body->get_ref<const std::string&>()))
            word = rules.blocked_word(*bytes);
    }
    return give_json(Json{{"context", counted(input)},
                          {"request", nullptr},
                          {"response", word != nullptr ? refusal(*word) : Json()},
                          {"has_response", word != nullptr},
                          {"error", ""}});
}

GUEST_EXPORT("http_post_hook") std::uint64_t http_post_hook(const char* text, std::uint32_t size) {
    Json input = parse({text, size});
    if (!input.is_object()) return give_json(not_an_object("error"));
    return give_json(Json{{"context", counted(input)}, {"error", ""}});
}

GUEST_EXPORT("http_stream_chunk_hook")
std::uint64_t http_stream_chunk_hook(const char* text, std::uint32_t size) {
    Json input = parse({text, size});
    if (!input.is_object()) return give_json(not_an_object("error"));
    Json* chunk = member(input, "chunk");
    const bool masked = chunk != nullptr && mask_choices(*chunk);
    // No chunk and no `skip`: the gateway sends the event on as it came.
    return give_json(Json{{"context", counted(input)},
                          {"chunk", masked ? std::move(*chunk) : Json()},
                          {"has_chunk", masked},
                          {"skip", false},
                          {"error", ""}});
}

GUEST_EXPORT("pre_hook") std::uint64_t pre_hook(const char* text, std::uint32_t size) {
    Json input = parse({text, size});
    if (!input.is_object()) return give_json(not_an_object("error"));
    Json* request = member(input, "request");
    Json* messages = request != nullptr ? member(*request, "input") : nullptr;
    // A fallback asks again with what we gave: one message is enough.
    const bool add = messages != nullptr && messages->is_array() && !rules.system_message.empty() &&
                     (messages->empty() || !is_our_system_message(messages->front()));
    if (add)
        messages->insert(messages->begin(),
                         Json{{"role", "system"}, {"content", rules.system_message}});
    return give_json(Json{{"context", counted(input)},
                          {"request", add ? std::move(*request) : Json()},
                          {"short_circuit", nullptr},
                          {"has_short_circuit", false},
                          {"error", ""}});
}

GUEST_EXPORT("post_hook") std::uint64_t post_hook(const char* text, std::uint32_t size) {
    Json input = parse({text, size});
    if (!input.is_object()) return give_json(not_an_object("hook_error"));
    Json* response = member(input, "response");
    bool masked = false;
    if (response != nullptr && response->is_object()) {
        // The gateway wraps a response by its kind; a bare one has its choices at the top.
        masked = mask_choices(*response);
        for (auto& [kind, wrapped] : response->items()) masked |= mask_choices(wrapped);
    }
    const Json* flag = member(input, "has_error");
    const bool has_error = flag != nullptr && *flag == true;
    Json* error = member(input, "error");
    return give_json(Json{{"context", counted(input)},
                          {"response", masked ? std::move(*response) : Json()},
                          {"error", has_error && error != nullptr ? std::move(*error) : Json()},
                          {"has_error", has_error},
                          {"hook_error", ""}});
}
