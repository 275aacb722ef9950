#include "llm/chat_request.hpp"

#include "llm/simdjson_text.hpp"

#include <fmt/format.h>

#include <sluice/error.hpp>

#include <algorithm>

namespace sluice::llm {
namespace {

using simdjson::error_code;
namespace ondemand = simdjson::ondemand;

/// A parser that grew for a larger body is replaced by a small one before the next: its index takes
/// four bytes for each one of the body.
constexpr std::size_t kept_parser_bytes = 4U << 20;

[[noreturn]] void refuse(const std::string& words) {
    throw Error(ErrorCode::invalid_input, words);
}

void check(error_code error) {
    if (error == simdjson::SUCCESS) return;
    refuse(fmt::format("invalid request format: {}", simdjson::error_message(error)));
}

/// The members that the gateway looks at, as bits of what was seen.
enum Known : unsigned {
    other = 0,
    model = 1,
    stream = 2,
    messages = 4,
    fallbacks = 8,
    stream_options = 16
};

Known known_key(std::string_view key) {
    if (key == "model") return model;
    if (key == "stream") return stream;
    if (key == "messages") return messages;
    if (key == "fallbacks") return fallbacks;
    if (key == "stream_options") return stream_options;
    return other;
}

bool is_null(std::string_view slice) {
    return slice == "null";
}

bool read_flag(std::string_view slice, std::string_view name) {
    if (slice == "true") return true;
    if (slice != "false" && !is_null(slice)) refuse(fmt::format("{} must be true or false", name));
    return false;
}

void read_model(ondemand::value value, ChatRequestView& into) {
    check(raw_slice(value).get(into.model_slice));
    std::string_view text;
    if (into.model_slice.front() != '"') refuse("model must be a text");
    check(value.get_string().get(text));
    into.model.assign(text);
}

std::string_view checked_slice(ondemand::value value) {
    std::string_view slice;
    check(raw_slice(value).get(slice));
    return slice;
}

/// Reads the object twice: once for its slice, once for its member.
std::string_view read_stream_options(ondemand::value value, ChatRequestView& into) {
    ondemand::json_type type{};
    check(value.type().get(type));
    if (type == ondemand::json_type::null) return checked_slice(value);
    if (type != ondemand::json_type::object) refuse("stream_options must be an object");
    ondemand::object options;
    check(value.get_object().get(options));
    std::string_view slice;
    check(options.raw_json().get(slice));
    bool has_members = false;
    check(options.reset().get(has_members));
    for (auto each : options) {
        ondemand::field field;
        check(std::move(each).get(field));
        const std::string_view key = raw_key(field.key());
        const std::string_view flag = checked_slice(field.value());
        if (key == "include_usage")
            into.include_usage = read_flag(flag, "stream_options.include_usage");
    }
    return without_trailing_space(slice);
}

void check_complete(const ChatRequestView& request, unsigned seen) {
    if ((seen & messages) == 0 || is_null(request.messages_slice))
        refuse("messages is required for chat completion");
    if (request.messages_slice.front() != '[') refuse("messages must be a list");
    if (request.messages_slice.find_first_not_of(" \t\r\n", 1) == request.messages_slice.size() - 1)
        refuse("messages is required for chat completion");
    if ((seen & model) == 0 || request.model.empty()) refuse("model is required");
}

}  // namespace

ModelName split_model(std::string_view name, const std::vector<std::string>& known_providers) {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) return {.model = name};
    const std::string_view provider = name.substr(0, slash);
    if (std::ranges::find(known_providers, provider) == known_providers.end())
        return {.model = name};
    return {.provider = provider, .model = name.substr(slash + 1)};
}

struct ChatRequestReader::State {
    ondemand::parser parser{};
    bool large = false;

    void read_member(ondemand::field& field, ChatRequestView& into, unsigned& seen);
};

void ChatRequestReader::State::read_member(ondemand::field& field, ChatRequestView& into,
                                           unsigned& seen) {
    JsonMember& member = into.members.emplace_back();
    member.key = raw_key(field.key());
    Known key = known_key(member.key);
    if (member.key.find('\\') != std::string_view::npos) {
        // "mod\u0065l" is a model as well: what is routed must be what the provider will read.
        std::string_view plain;
        check(field.unescaped_key().get(plain));
        key = known_key(plain);
    }
    if ((seen & key) != 0) refuse(fmt::format("{} stands in the request twice", member.key));
    seen |= key;

    ondemand::value value = field.value();
    if (key == model) {
        read_model(value, into);
        member.value = into.model_slice;
        return;
    }
    member.value = key == stream_options ? read_stream_options(value, into) : checked_slice(value);
    if (key == stream) into.stream = read_flag(member.value, "stream");
    if (key == messages) into.messages_slice = member.value;
    if (key == fallbacks) into.fallbacks_slice = member.value;
}

ChatRequestReader::ChatRequestReader() : state_(std::make_unique<State>()) {}
ChatRequestReader::~ChatRequestReader() = default;

void ChatRequestReader::read(std::string_view body, ChatRequestView& into) {
    into.body = body;
    into.model.clear();
    into.model_slice = into.messages_slice = into.fallbacks_slice = {};
    into.stream = into.include_usage = false;
    into.members.clear();
    if (state_->large) state_->parser = ondemand::parser();
    state_->large = body.size() > kept_parser_bytes;

    ondemand::document document;
    check(state_->parser.iterate(body, body.size() + padding).get(document));
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS)
        refuse("invalid request format: the body must be a JSON object");
    unsigned seen = 0;
    for (auto each : object) {
        ondemand::field field;
        check(std::move(each).get(field));
        state_->read_member(field, into, seen);
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        refuse("invalid request format: something follows the JSON object");
    check_complete(into, seen);
}

}  // namespace sluice::llm
