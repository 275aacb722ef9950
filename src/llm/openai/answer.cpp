#include "llm/openai/answer.hpp"

#include "llm/simdjson_text.hpp"

#include <fmt/format.h>

namespace sluice::llm::openai {
namespace {

using simdjson::error_code;
using simdjson::SUCCESS;
namespace ondemand = simdjson::ondemand;

std::uint64_t count_of(ondemand::value value) {
    std::uint64_t count = 0;
    return value.get_uint64().get(count) == SUCCESS ? count : 0;
}

std::string text_of(ondemand::value value) {
    std::string_view text;
    if (value.get_string().get(text) == SUCCESS) return std::string(text);
    std::string_view slice;  // some providers write `code` as a number
    if (raw_slice(value).get(slice) != SUCCESS || slice == "null") return {};
    return std::string(slice);
}

/// Calls `read(key, value)` for each member. Empty when `value` is no object.
template <class Read>
error_code each_member(simdjson::simdjson_result<ondemand::object> object, Read read) {
    ondemand::object members;
    if (const auto error = std::move(object).get(members)) return error;
    for (auto each : members) {
        ondemand::field field;
        if (const auto error = std::move(each).get(field)) return error;
        if (const auto error = read(raw_key(field.key()), field.value())) return error;
    }
    return SUCCESS;
}

bool is_a(ondemand::json_type wanted, ondemand::value value) {
    ondemand::json_type type{};
    return value.type().get(type) == SUCCESS && type == wanted;
}

bool is_object(ondemand::value value) {
    return is_a(ondemand::json_type::object, value);
}

error_code read_usage(ondemand::value value, AnswerFacts& facts) {
    if (!is_object(value)) return SUCCESS;  // null in every chunk but the last
    Usage& usage = facts.usage.emplace();
    return each_member(value.get_object(), [&](std::string_view key, ondemand::value member) {
        if (key == "prompt_tokens") usage.prompt_tokens = count_of(member);
        if (key == "completion_tokens") usage.completion_tokens = count_of(member);
        if (key == "total_tokens") usage.total_tokens = count_of(member);
        return SUCCESS;
    });
}

/// Calls `read(key, value)` for each member of the first choice.
template <class Read>
error_code first_choice(ondemand::value value, Read read) {
    ondemand::array choices;
    if (value.get_array().get(choices) != SUCCESS) return SUCCESS;
    bool first = true;
    for (auto each : choices) {
        ondemand::value choice;
        if (const auto error = std::move(each).get(choice)) return error;
        if (first && is_object(choice))
            if (const auto error = each_member(choice.get_object(), read)) return error;
        first = false;
    }
    return SUCCESS;
}

/// What a message or its delta says.
error_code append_content(ondemand::value message, std::string& content) {
    if (!is_object(message)) return SUCCESS;
    return each_member(message.get_object(), [&](std::string_view key, ondemand::value value) {
        std::string_view words;
        if (key == "content" && value.get_string().get(words) == SUCCESS) content += words;
        return SUCCESS;
    });
}

}  // namespace

struct AnswerReader::State {
    ondemand::parser parser{};
    ondemand::document document{};

    simdjson::simdjson_result<ondemand::object> open(std::string_view json) {
        if (const auto error = parser.iterate(json, json.size() + padding).get(document))
            return error;
        return document.get_object();
    }
};

AnswerReader::AnswerReader() : state_(std::make_unique<State>()) {}
AnswerReader::~AnswerReader() = default;

AnswerFacts AnswerReader::read(std::string_view json, std::string* content) {
    AnswerFacts facts;
    if (json == "[DONE]") return facts;
    const auto error =
        each_member(state_->open(json), [&](std::string_view key, ondemand::value value) {
            if (key == "usage") return read_usage(value, facts);
            if (key == "error") facts.has_error = !is_a(ondemand::json_type::null, value);
            if (key != "choices") return SUCCESS;
            return first_choice(value, [&](std::string_view member, ondemand::value part) {
                if (member == "finish_reason") facts.finish_reason = text_of(part);
                const bool says = member == "message" || member == "delta";
                return says && content != nullptr ? append_content(part, *content) : SUCCESS;
            });
        });
    facts.is_json = error == SUCCESS;
    return facts;
}

ApiError AnswerReader::read_error(int status, std::string_view body,
                                  std::optional<std::chrono::seconds> retry_after) {
    ApiError error{.status = status, .retry_after = retry_after};
    const simdjson::padded_string json(body);
    each_member(state_->open(json), [&](std::string_view key, ondemand::value value) {
        if (key != "error") return SUCCESS;
        if (!is_object(value)) {
            error.message = text_of(value);
            return SUCCESS;
        }
        return each_member(value.get_object(), [&](std::string_view part, ondemand::value member) {
            if (part == "message") error.message = text_of(member), error.body = body;
            if (part == "type") error.type = text_of(member);
            if (part == "code") error.code = text_of(member);
            if (part == "param") error.param = text_of(member);
            return SUCCESS;
        });
    });
    if (error.type.empty()) error.type = error_type_of(status);
    if (!error.message.empty()) return error;
    constexpr std::size_t longest = 200;
    error.message =
        body.empty() ? fmt::format("the provider answered {} without a body", status)
                     : fmt::format("the provider answered {}: {}", status, body.substr(0, longest));
    error.body.clear();
    return error;
}

}  // namespace sluice::llm::openai
