#include "gateway/plugin_shadow.hpp"

#include "base/json_slices.hpp"
#include "base/wall_clock.hpp"
#include "hooks/blocking_call.hpp"
#include "store/plugin_entries.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::gateway {
namespace {

namespace json = boost::json;

bool says_nothing(const json::value& value) {
    return value.is_null() || (value.is_object() && value.get_object().empty()) ||
           (value.is_string() && value.get_string().empty()) ||
           (value.is_bool() && !value.get_bool());
}

json::value read_answer(std::string_view text, std::string_view whose) {
    boost::system::error_code unreadable;
    json::value answer = json::parse(text.empty() ? "{}" : text, unreadable);
    if (!unreadable && answer.is_null()) answer = json::object();
    if (unreadable || !answer.is_object())
        throw Error(ErrorCode::guest_error,
                    fmt::format("the {}'s answer is no JSON object", whose));
    json::object said;
    for (auto& member : answer.get_object())
        if (!says_nothing(member.value())) said.emplace(member.key(), std::move(member.value()));
    return said;
}

std::string request_id_of(const ShadowCall& call) {
    JsonDocument document;
    try {
        const JsonSlice first = document.read(call.input.front());
        const JsonSlice context = first.find("context");
        return (context ? context : first).find("request_id").string();
    } catch (const Error&) {
        return {};  // only a help to find the request: the difference counts without it
    }
}

/// The beginning of a text, without half a character at its end.
std::string beginning_of(std::string_view text, std::size_t bytes) {
    const auto is_inside = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
    while (bytes > 0 && is_inside(text[bytes])) --bytes;
    return std::string(text.substr(0, bytes)) + "…";
}

void bound(std::optional<json::value>& value, ShownValues values) {
    if (!value) return;
    if (values == ShownValues::left_out) {
        value = store::redacted_text;
        return;
    }
    const std::string text =
        value->is_string() ? std::string(value->get_string().c_str()) : json::serialize(*value);
    if (text.size() > PluginShadow::most_value_bytes)
        value = json::string(beginning_of(text, PluginShadow::most_value_bytes));
}

void bound(std::vector<JsonDifference>& places, ShownValues values) {
    if (places.size() > PluginShadow::most_places) places.resize(PluginShadow::most_places);
    for (JsonDifference& place : places) {
        bound(place.expected, values);
        bound(place.actual, values);
    }
}

}  // namespace

std::size_t ShadowCall::bytes() const noexcept {
    std::size_t total = answer.size();
    for (const std::string& text : input) total += text.size();
    return total;
}

std::vector<JsonDifference> answer_differences(std::string_view stable, std::string_view shadow) {
    if (stable == shadow) return {};
    const json::value expected = read_answer(stable, "plug-in");
    return json_differences(expected, read_answer(shadow, "shadow"));
}

PluginShadow::PluginShadow(std::shared_ptr<const hooks::HookPlugin> plugin, hooks::PhaseSet phases,
                           std::size_t most_waiting)
    : plugin_(std::move(plugin)), phases_(phases), most_waiting_(most_waiting) {}

bool PluginShadow::admit(std::size_t bytes) noexcept {
    const bool fits = waiting_.fetch_add(1) < most_waiting_ &&
                      waiting_bytes_.load() + bytes <= most_waiting_bytes;
    waiting_bytes_.fetch_add(bytes);
    if (!fits) leave(bytes);
    return fits;
}

void PluginShadow::leave(std::size_t bytes) noexcept {
    waiting_.fetch_sub(1);
    waiting_bytes_.fetch_sub(bytes);
}

void PluginShadow::count(hooks::Phase phase, ShadowResult result) noexcept {
    counts_[static_cast<std::size_t>(phase)][static_cast<std::size_t>(result)].fetch_add(
        1, std::memory_order_relaxed);
}

std::uint64_t PluginShadow::counted(hooks::Phase phase, ShadowResult result) const noexcept {
    return counts_[static_cast<std::size_t>(phase)][static_cast<std::size_t>(result)].load(
        std::memory_order_relaxed);
}

ShadowResult PluginShadow::run(hooks::InstancePool& pool, const ShadowCall& call,
                               ShownValues values, const std::stop_token& stop) {
    ShadowDifference difference{.timestamp_us = epoch_us(), .phase = call.phase};
    ShadowResult result = ShadowResult::failed;
    try {
        std::string answer;
        if (phases_.has(call.phase)) {
            std::vector<std::string_view> pieces(call.input.begin(), call.input.end());
            std::vector<std::size_t> ends;
            for (std::size_t i = 1; pieces.size() > 1 && i <= pieces.size(); ++i) ends.push_back(i);
            answer = hooks::call_and_wait(pool, call.phase, pieces, ends, stop);
        }
        (void)answer_differences("{}", answer);  // whether it can be read, whatever the other said
        result = ShadowResult::different;
        if (!call.fault.empty())
            difference.fault =
                fmt::format("the plug-in failed and the shadow did not: {}", call.fault);
        else
            difference.places = answer_differences(call.answer, answer);
        if (difference.fault.empty() && difference.places.empty()) return ShadowResult::same;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled && stop.stop_requested()) throw;
        difference.fault = error.what();
    }
    difference.request_id = request_id_of(call);
    bound(difference.places, values);
    keep(std::move(difference));
    return result;
}

void PluginShadow::keep(ShadowDifference difference) {
    const std::lock_guard lock(mutex_);
    if (differences_.size() == most_differences) differences_.pop_front();
    differences_.push_back(std::move(difference));
}

std::vector<ShadowDifference> PluginShadow::differences() const {
    const std::lock_guard lock(mutex_);
    return {differences_.begin(), differences_.end()};
}

}  // namespace sluice::gateway
