#include "gateway/llm_request.hpp"

#include "base/json_slices.hpp"
#include "base/json_text.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sluice::gateway {

namespace {

/// Members that LlmRequestData has a field of its own for.
bool is_apart(std::string_view key) {
    return key == "model" || key == "messages" || key == "stream" || key == "fallbacks";
}

/// Writes an object member by member.
class ObjectText {
  public:
    void add(std::string_view raw_key, std::string_view value) {
        text_ += text_.size() > 1 ? ",\"" : "\"";
        text_ += raw_key;
        text_ += "\":";
        text_ += value;
    }
    std::string finish() && {
        text_ += '}';
        return std::move(text_);
    }

  private:
    std::string text_ = "{";
};

std::string_view inside(std::string_view quoted) {
    return quoted.substr(1, quoted.size() - 2);
}

std::string choices_as_deltas(JsonSlice choices) {
    std::string out = "[";
    for (const JsonSlice choice : choices.elements()) {
        if (out.size() > 1) out += ',';
        ObjectText object;
        for (const auto [key, value] : choice.members())
            object.add(key.says("message") ? "delta" : inside(key.text()), value.text());
        out += std::move(object).finish();
    }
    return out += ']';
}

}  // namespace

LlmRequestData llm_request_data(const llm::ChatRequestView& request, std::string_view provider,
                                std::string_view model) {
    ObjectText params;
    for (const llm::JsonMember& member : request.members)
        if (!is_apart(member.key)) params.add(member.key, member.value);
    return {.provider = std::string(provider),
            .model = std::string(model),
            .input = std::string(request.messages_slice),
            .params = std::move(params).finish(),
            .fallbacks = std::string(request.fallbacks_slice),
            .stream = request.stream};
}

std::string rebuild_body(const llm::ChatRequestView& request, const LlmRequestData& data) {
    JsonDocument document;
    if (!document.read(data.input).is(JsonKind::array))
        throw Error(ErrorCode::guest_error, "a plug-in made an input that is no JSON array");
    const JsonSlice params =
        document.read(data.params.empty() ? std::string_view("{}") : data.params);
    if (!params.is(JsonKind::object))
        throw Error(ErrorCode::guest_error, "a plug-in made params that are no JSON object");
    ObjectText body;
    for (const llm::JsonMember& member : request.members) {
        if (member.key == "model")
            body.add("model", json_text(data.model));
        else if (member.key == "messages")
            body.add("messages", data.input);
        else if (is_apart(member.key))
            body.add(member.key, member.value);
        else if (const JsonSlice kept = params.find(member.key))
            body.add(member.key, kept.text());
    }
    const auto was_there = [&](std::string_view key) {
        return std::ranges::any_of(
            request.members, [&](const llm::JsonMember& member) { return member.key == key; });
    };
    for (const auto [key, value] : params.members())
        if (!was_there(inside(key.text()))) body.add(inside(key.text()), value.text());
    return std::move(body).finish();
}

std::string chunk_of_answer(std::string_view answer) {
    JsonDocument document;
    JsonSlice root;
    try {
        root = document.read(answer);
    } catch (const Error& error) {  // whoever answered is at fault, not the client's request
        throw Error(ErrorCode::unavailable, fmt::format("the answer has {}", error.what()));
    }
    if (!root.is(JsonKind::object))
        throw Error(ErrorCode::unavailable, "the answer is no JSON object");
    ObjectText chunk;
    bool has_object = false;
    for (const auto [key, value] : root.members()) {
        if (key.says("object")) {
            has_object = true;
            chunk.add("object", "\"chat.completion.chunk\"");
        } else if (key.says("choices") && value.is(JsonKind::array)) {
            chunk.add("choices", choices_as_deltas(value));
        } else {
            chunk.add(inside(key.text()), value.text());
        }
    }
    if (!has_object) chunk.add("object", "\"chat.completion.chunk\"");
    return std::move(chunk).finish();
}

}  // namespace sluice::gateway
