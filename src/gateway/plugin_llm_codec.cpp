#include "gateway/plugin_llm_codec.hpp"

#include "base/json_text.hpp"
#include "hooks/json_overlay.hpp"

#include <sluice/error.hpp>

#include <array>
#include <utility>

namespace sluice::gateway {
namespace {

using hooks::Additions;
using hooks::find_key;
using hooks::is_blank;
using hooks::is_key;

/// The copies of one thing that an object may hold under a wrapper's key, best first: Go's
/// spelling, then the one with an underscore, then the object itself.
struct Candidates {
    std::array<JsonSlice, 3> copies{};

    Candidates(JsonSlice object, std::string_view wrapper) {
        for (const auto [key, value] : object.members()) {
            if (!is_key(key, wrapper) || !value.is(JsonKind::object)) continue;
            copies[key.text().find('_') == std::string_view::npos ? 0 : 1] = value;
        }
    }
};

std::string_view or_else(std::string_view json, std::string_view fallback) {
    return json.empty() ? fallback : json;
}

/// `["provider/model"]`, as clients write fallbacks, in the objects that plug-ins know.
void append_fallbacks(std::string& json, std::string_view raw) {
    if (raw.empty()) {
        json += "[]";
        return;
    }
    JsonDocument document;
    const JsonSlice list = document.read(raw);
    const std::size_t start = json.size() + 1;
    json += '[';
    for (const JsonSlice item : list.elements()) {
        if (json.size() != start) json += ',';
        if (!item.is(JsonKind::string)) {
            json += item.text();
            continue;
        }
        const std::string name = item.string();
        const std::size_t slash = name.find('/');
        const bool has_provider = slash != std::string::npos;
        json += "{\"provider\":";
        append_json_text(json, has_provider ? std::string_view(name).substr(0, slash) : "");
        json += ",\"model\":";
        append_json_text(json, has_provider ? std::string_view(name).substr(slash + 1) : name);
        json += '}';
    }
    json += ']';
}

/// The other way round.
std::string fallback_names(JsonSlice list) {
    std::string json = "[";
    for (const JsonSlice item : list.elements()) {
        if (json.size() > 1) json += ',';
        if (item.is(JsonKind::object)) {
            const std::string provider = find_key(item, "provider").string();
            const std::string model = find_key(item, "model").string();
            append_json_text(json, provider.empty() ? model : provider + '/' + model);
        } else {
            json += item.text();
        }
    }
    return json + ']';
}

bool apply_name(JsonSlice returned, std::string& name) {
    if (!returned.is(JsonKind::string) || is_blank(returned) || returned.says(name)) return false;
    name = returned.string();
    return true;
}

bool apply_json(JsonSlice returned, JsonSlice sent, Additions additions, std::string& json) {
    if (!returned || returned.kind() != sent.kind() || returned.size() == 0) return false;
    std::string text;
    text.reserve(returned.text().size() + sent.text().size());
    if (!overlay(sent, returned, additions, text)) return false;
    json = std::move(text);
    return true;
}

bool apply_copy(JsonSlice copy, JsonSlice sent, LlmRequestData& request) {
    JsonSlice input = find_key(copy, "input");
    if (!input) input = find_key(copy, "messages");
    bool changed = apply_name(find_key(copy, "provider"), request.provider);
    changed |= apply_name(find_key(copy, "model"), request.model);
    changed |= apply_json(input, sent.find("input"), Additions::not_blank, request.input);
    changed |= apply_json(find_key(copy, "params"), sent.find("params"), Additions::not_null,
                          request.params);
    std::string fallbacks;
    if (apply_json(find_key(copy, "fallbacks"), sent.find("fallbacks"), Additions::not_blank,
                   fallbacks)) {
        JsonDocument document;
        request.fallbacks = fallback_names(document.read(fallbacks));
        changed = true;
    }
    return changed;
}

std::uint64_t token_count(JsonSlice usage, std::string_view key) {
    const auto count = usage.find(key).whole();
    return count && *count > 0 ? static_cast<std::uint64_t>(*count) : 0;
}

llm::ChatResponse chat_response(std::string body) {
    JsonDocument document;
    const JsonSlice usage = document.read(body).find("usage");
    const llm::Usage counts{.prompt_tokens = token_count(usage, "prompt_tokens"),
                            .completion_tokens = token_count(usage, "completion_tokens"),
                            .total_tokens = token_count(usage, "total_tokens")};
    return {.body = std::move(body), .usage = counts};
}

bool is_flat_response(JsonSlice object) {
    return find_key(object, "choices") || find_key(object, "id") || find_key(object, "object");
}

/// The copies of a response: in `ChatResponse`, in `chat_response`, or flat.
std::array<JsonSlice, 3> response_copies(JsonSlice returned) {
    auto copies = Candidates(returned, "chatresponse").copies;
    if (is_flat_response(returned)) copies[2] = returned;
    return copies;
}

std::optional<llm::ChatResponse> read_response_alone(JsonSlice returned) {
    auto text = overlaid_response(returned, {});
    if (!text) return std::nullopt;
    return chat_response(*std::move(text));
}

std::string error_text(JsonSlice value) {
    if (value.is(JsonKind::number)) return std::string(value.text());
    return value.string();
}

OutcomeChange apply_error(JsonSlice error, std::string_view sent_error, JsonDocument& scratch,
                          llm::Outcome& outcome) {
    if (sent_error.empty()) {
        outcome = read_api_error(error);
        return OutcomeChange::applied;
    }
    std::string text;
    if (!error.is(JsonKind::object) ||
        !overlay(scratch.read(sent_error), error, Additions::not_blank, text))
        return OutcomeChange::none;
    JsonDocument document;
    llm::ApiError changed = read_api_error(document.read(text));
    const auto& before = std::get<llm::ApiError>(outcome);
    changed.retry_after = before.retry_after;
    changed.is_bifrost_error = before.is_bifrost_error;
    if (!find_key(error, "allowfallbacks")) changed.allow_fallbacks = before.allow_fallbacks;
    outcome = std::move(changed);
    return OutcomeChange::applied;
}

}  // namespace

std::string llm_request_json(const LlmRequestData& request) {
    std::string json;
    json.reserve(request.input.size() + request.params.size() + request.fallbacks.size() + 128);
    json += "{\"provider\":";
    append_json_text(json, request.provider);
    json += ",\"model\":";
    append_json_text(json, request.model);
    json += ",\"input\":";
    json += or_else(request.input, "[]");
    json += ",\"params\":";
    json += or_else(request.params, "{}");
    json += ",\"fallbacks\":";
    append_fallbacks(json, request.fallbacks);
    json += '}';
    return json;
}

bool apply_llm_request(JsonSlice returned, std::string_view sent, JsonDocument& scratch,
                       LlmRequestData& request) {
    if (!returned.has_value() || returned.text() == sent) return false;
    if (!returned.is(JsonKind::object))
        throw Error(ErrorCode::guest_error, "it returned a request that is no object");
    Candidates candidates(returned, "chatrequest");
    candidates.copies[2] = returned;
    const JsonSlice original = scratch.read(sent);
    for (const JsonSlice copy : candidates.copies)
        if (copy && apply_copy(copy, original, request)) return true;
    return false;
}

std::optional<llm::Outcome> read_short_circuit(JsonSlice returned) {
    const JsonSlice error = find_key(returned, "error");
    if (!is_blank(error)) return read_api_error(error);
    if (auto response = read_response_alone(find_key(returned, "response")))
        return llm::Outcome(*std::move(response));
    return std::nullopt;
}

llm::ApiError read_api_error(JsonSlice error) {
    const JsonSlice nested = find_key(error, "error");
    const JsonSlice inner = nested.is(JsonKind::object) ? nested : error;
    llm::ApiError result;
    result.type = error_text(find_key(inner, "type"));
    result.code = error_text(find_key(inner, "code"));
    result.param = error_text(find_key(inner, "param"));
    result.message = error_text(find_key(inner, "message"));
    if (result.message.empty()) result.message = error_text(find_key(inner, "error"));
    if (result.message.empty()) result.message = error.string();
    const JsonSlice bifrost = find_key(error, "isbifrosterror");
    result.is_bifrost_error = bifrost.truth();
    const auto status = find_key(error, "statuscode").whole();
    if (status && *status >= 400 && *status <= 599)
        result.status = static_cast<int>(*status);
    else
        result.status = bifrost && !bifrost.truth() ? 400 : 500;
    const JsonSlice fallbacks = find_key(error, "allowfallbacks");
    result.allow_fallbacks = !fallbacks.has_value() || fallbacks.truth();
    return result;
}

std::optional<std::string> overlaid_response(JsonSlice returned, JsonSlice sent) {
    for (const JsonSlice copy : response_copies(returned)) {
        if (is_blank(copy)) continue;
        if (!sent) return std::string(copy.text());
        std::string text;
        text.reserve(sent.text().size() + copy.text().size());
        if (overlay(sent, copy, Additions::not_blank, text)) return text;
    }
    return std::nullopt;
}

OutcomeChange apply_post(const hooks::HookAnswer& answer, std::string_view sent_error,
                         JsonDocument& scratch, llm::Outcome& outcome) {
    if (answer.has_error.value_or(false)) {
        if (is_blank(answer.error)) return OutcomeChange::none;
        return apply_error(answer.error, sent_error, scratch, outcome);
    }
    if (!answer.response.is(JsonKind::object)) return OutcomeChange::none;
    auto* response = std::get_if<llm::ChatResponse>(&outcome);
    if (response == nullptr) {
        auto recovered = read_response_alone(answer.response);
        if (!recovered) return OutcomeChange::none;
        outcome = *std::move(recovered);
        return OutcomeChange::applied;
    }
    if (answer.response.size() == 1 &&
        find_key(answer.response, "chatresponse").text() == response->body)
        return OutcomeChange::none;
    auto text = overlaid_response(answer.response, scratch.read(response->body));
    if (!text) return OutcomeChange::none;
    outcome = chat_response(*std::move(text));
    return OutcomeChange::applied;
}

}  // namespace sluice::gateway
