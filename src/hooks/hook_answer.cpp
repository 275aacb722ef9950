#include "hooks/hook_answer.hpp"

#include "hooks/json_overlay.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace sluice::hooks {
namespace {

/// The text of an error that a hook reports about itself; guests also send null, and some an
/// object.
std::string failure_text(JsonSlice error) {
    if (is_blank(error)) return {};
    return error.is(JsonKind::string) ? error.string() : std::string(error.text());
}

void take(Phase phase, std::string_view key, JsonSlice value, HookAnswer& answer) {
    constexpr std::array<std::pair<std::string_view, JsonSlice HookAnswer::*>, 5> slices{{
        {"context", &HookAnswer::context},
        {"request", &HookAnswer::request},
        {"response", &HookAnswer::response},
        {"chunk", &HookAnswer::chunk},
        {"shortcircuit", &HookAnswer::short_circuit},
    }};
    constexpr std::array<std::pair<std::string_view, bool HookAnswer::*>, 3> flags{{
        {"haschunk", &HookAnswer::has_chunk},
        {"hasshortcircuit", &HookAnswer::has_short_circuit},
        {"skip", &HookAnswer::skip},
    }};
    for (const auto& [name, member] : slices)
        if (key == name) answer.*member = value;
    for (const auto& [name, member] : flags)
        if (key == name) answer.*member = value.truth();
    if (key == "hasresponse") answer.has_response = value.truth();
    if (key == "haserror") answer.has_error = value.truth();
    if (key == "hookerror") answer.failure = failure_text(value);
    if (key != "error") return;
    if (phase == Phase::post)
        answer.error = value;
    else
        answer.failure = failure_text(value);
}

/// Source: the facts page of the gateway, 2.5.
void take_separate(Phase phase, std::string_view key, JsonSlice value, HookAnswer& answer) {
    if (key == "context" || (phase == Phase::http_pre && key == "request")) return;
    if (key == "bifrosterror") {
        answer.error = value;
        answer.has_error = !is_blank(value);
    } else if (key == "error") {
        answer.failure = failure_text(value);
    } else {
        take(phase, key, value, answer);
        if (key == "response") answer.has_response = !is_blank(value);
        if (key == "shortcircuit") answer.has_short_circuit = !is_blank(value);
    }
}

}  // namespace

HookAnswer read_answer(Phase phase, std::string_view json, JsonDocument& document,
                       Convention convention) {
    HookAnswer answer;
    if (json.empty()) return answer;
    const JsonSlice root = document.read(json);
    if (!root.is(JsonKind::object))
        throw Error(ErrorCode::invalid_input,
                    fmt::format("the answer must be a JSON object, not {:.40}", root.text()));
    const auto read = convention == Convention::separate ? take_separate : take;
    for (const auto [key, value] : root.members()) read(phase, KeyWord(key).text(), value, answer);
    return answer;
}

}  // namespace sluice::hooks
