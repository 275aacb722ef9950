#include "llm/mock/question.hpp"

#include "llm/chat_request.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace sluice::llm::mock {
namespace {

namespace json = boost::json;

json::value parse(std::string_view what, std::string_view slice) {
    json::parse_options options;
    options.max_depth = 128;
    json::error_code failure;
    json::value value = json::parse(slice, failure, {}, options);
    if (failure)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("invalid request format: {}: {}", what, failure.message()));
    return value;
}

std::string_view text_in(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

/// The text of a message's content: a text, or the text parts of a list.
std::string content_of(const json::object& message) {
    const json::value* content = message.if_contains("content");
    if (content == nullptr || !content->is_array()) return std::string(text_in(message, "content"));
    std::string text;
    for (const json::value& part : content->get_array()) {
        if (!part.is_object()) continue;
        const std::string_view words = text_in(part.get_object(), "text");
        if (!text.empty() && !words.empty()) text += ' ';
        text += words;
    }
    return text;
}

/// Returns the role of the last message.
std::string read_messages(std::string_view slice, Question& question) {
    std::string last_role;
    const json::value messages = parse("messages", slice);
    for (const json::value& each : messages.as_array()) {
        if (!each.is_object())
            throw Error(ErrorCode::invalid_input,
                        "invalid request format: messages: each must be an object");
        std::string text = content_of(each.get_object());
        question.prompt_words += count_words(text);
        last_role = text_in(each.get_object(), "role");
        if (last_role == "user" || last_role == "tool") question.last_text = std::move(text);
    }
    return last_role;
}

std::optional<ToolCall> wanted_call(std::string_view tools, std::string_view choice,
                                    std::string_view text) {
    if (tools.empty() || choice.empty()) return std::nullopt;
    const json::value wanted = parse("tool_choice", choice);
    std::string_view name;
    if (const json::object* named = wanted.if_object()) {
        const json::value* function = named->if_contains("function");
        if (function != nullptr && function->is_object())
            name = text_in(function->get_object(), "name");
    } else if (!wanted.is_string() || wanted.get_string() != "required") {
        return std::nullopt;
    }
    const json::value list = parse("tools", tools);
    if (!list.is_array()) return std::nullopt;
    for (const json::value& tool : list.get_array()) {
        ToolCall call = call_tool(tool, text);
        if (!call.name.empty() && (name.empty() || call.name == name)) return call;
    }
    return std::nullopt;
}

std::string_view slice_of(const ChatRequestView& request, std::string_view key) {
    for (const JsonMember& member : request.members)
        if (member.key == key) return member.value;
    return {};
}

}  // namespace

std::uint64_t count_words(std::string_view text) {
    std::uint64_t words = 0;
    bool inside = false;
    for (const char byte : text) {
        const bool space = byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
        if (!space && !inside) ++words;
        inside = !space;
    }
    return words;
}

Question read_question(std::string_view body) {
    std::string padded;
    padded.reserve(body.size() + 64);
    padded = body;
    ChatRequestReader reader;
    ChatRequestView request;
    reader.read(padded, request);

    Question question;
    question.model = request.model;
    question.include_usage = request.include_usage;
    const std::string last_role = read_messages(request.messages_slice, question);
    // A tool's result is answered in words, or a client's loop would never end.
    if (last_role != "tool")
        question.call = wanted_call(slice_of(request, "tools"), slice_of(request, "tool_choice"),
                                    question.last_text);
    return question;
}

}  // namespace sluice::llm::mock
