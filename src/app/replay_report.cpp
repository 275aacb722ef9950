#include "app/replay_report.hpp"

#include "gateway/log_query.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace sluice::app {
namespace {

namespace json = boost::json;
using Result = ReplayStep::Result;
using Micro = std::chrono::duration<double, std::micro>;

constexpr std::array results{Result::unchanged, Result::changed, Result::answered, Result::failed};

std::string_view in_words(Result result) {
    switch (result) {
        case Result::unchanged:
            return "unchanged";
        case Result::changed:
            return "changed";
        case Result::answered:
            return "answered";
        case Result::failed:
            return "failed";
    }
    return {};
}

/// On one line of a terminal, steering nothing there, and not too long.
std::string excerpt(std::string_view text) {
    constexpr std::size_t most = 300;
    std::string line;
    for (const char c : text.substr(0, most))
        line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    if (text.size() > most) line += fmt::format("… ({} bytes)", text.size());
    return line;
}

std::string excerpt(const std::optional<json::value>& value) {
    return value ? excerpt(json::serialize(*value)) : "nothing";
}

std::string text_of(const ReplayStep& step, std::string_view hook) {
    std::string text = fmt::format("    {} {}", hook, in_words(step.result));
    if (!step.note.empty()) text += fmt::format(" {}", excerpt(step.note));
    text += '\n';
    for (const JsonDifference& place : step.places)
        text += fmt::format("      {}: {} → {}\n", place.path.empty() ? "all of it" : place.path,
                            excerpt(place.expected), excerpt(place.actual));
    return text;
}

json::value json_of(const ReplayStep& step, std::string_view hook) {
    json::array places;
    for (const JsonDifference& place : step.places) {
        json::object object{{"path", place.path}};
        if (place.expected) object["before"] = *place.expected;
        if (place.actual) object["after"] = *place.actual;
        places.push_back(std::move(object));
    }
    return {{"hook", hook},
            {"result", in_words(step.result)},
            {"note", step.note},
            {"places", std::move(places)}};
}

}  // namespace

void ReplayReport::add(const ReplayStep& step) {
    Hook& hook = hooks_[static_cast<std::size_t>(step.phase)];
    ++hook.calls;
    ++hook.results[static_cast<std::size_t>(step.result)];
    hook.spent += step.spent;
    hook.longest = std::max(hook.longest, step.spent);
}

void ReplayReport::add(const store::Recorded& request, Replayed replayed) {
    ++requests_;
    if (!replayed.refused.empty()) ++refused_;
    if (request.bodies.answer_too_large)
        ++answers_too_large_;
    else if (request.bodies.answer_status == 0)
        ++unanswered_;
    for (const ReplayStep& step : replayed.steps) add(step);
    std::erase_if(replayed.steps,
                  [](const ReplayStep& step) { return step.result == Result::unchanged; });
    if (replayed.steps.empty()) return;
    ++touched_;
    if (shown_.size() >= most_shown_) return;
    Shown& shown = shown_.emplace_back();
    shown.request = {.id = request.id,
                     .timestamp_us = request.timestamp_us,
                     .provider = request.provider,
                     .model = request.model,
                     .stream = request.stream};
    shown.replayed = std::move(replayed);
}

std::uint64_t ReplayReport::failures() const noexcept {
    std::uint64_t all = 0;
    for (const Hook& hook : hooks_) all += hook.results[static_cast<std::size_t>(Result::failed)];
    return all;
}

std::string ReplayReport::remarks() const {
    std::string text;
    const auto remark = [&](std::uint64_t count, std::string_view what) {
        if (count > 0) text += fmt::format("  {} {}\n", count, what);
    };
    remark(too_large_, "larger than logs_store.record_kb: not replayed");
    remark(refused_, "that the gateway refuses: only http_pre_hook saw them");
    remark(unanswered_, "without a provider's answer: no hook on answers saw them");
    remark(answers_too_large_,
           "with an answer larger than logs_store.record_kb: no hook on answers saw them");
    return text;
}

std::string ReplayReport::text(const Paint& paint, const hooks::HookPlugin& plugin) const {
    Table table;
    table.add({"hook", "calls", "unchanged", "changed", "answered", "failed", "a call", "longest"});
    for (const hooks::Phase phase : hooks::all_phases) {
        const Hook& hook = hooks_[static_cast<std::size_t>(phase)];
        if (!plugin.phases().has(phase)) continue;
        std::vector<std::string> row{std::string(plugin.hook_name(phase)),
                                     std::to_string(hook.calls)};
        for (const std::uint64_t count : hook.results) row.push_back(std::to_string(count));
        if (hook.calls > 0) {
            row.push_back(fmt::format("{:.1f} µs",
                                      Micro(hook.spent).count() / static_cast<double>(hook.calls)));
            row.push_back(fmt::format("{:.1f} µs", Micro(hook.longest).count()));
        }
        table.add(std::move(row));
    }
    std::string text = fmt::format("{}, generation {}: {} requests, {} of them touched\n{}{}",
                                   paint.heading(plugin.actual_name()), plugin.generation(),
                                   requests_, touched_, table.text(paint, 0), remarks());
    for (const Shown& shown : shown_) {
        text += fmt::format("\n  {} {} {}/{}\n", paint.heading(shown.request.id),
                            gateway::to_rfc3339(shown.request.timestamp_us), shown.request.provider,
                            shown.request.model);
        for (const ReplayStep& step : shown.replayed.steps)
            text += text_of(step, plugin.hook_name(step.phase));
    }
    if (touched_ > shown_.size() && most_shown_ > 0)
        text +=
            fmt::format("\n  and {} more; --show shows more of them\n", touched_ - shown_.size());
    return text;
}

std::string ReplayReport::json(const hooks::HookPlugin& plugin) const {
    json::array hooks;
    for (const hooks::Phase phase : hooks::all_phases) {
        if (!plugin.phases().has(phase)) continue;
        const Hook& hook = hooks_[static_cast<std::size_t>(phase)];
        json::object object{{"hook", plugin.hook_name(phase)}, {"calls", hook.calls}};
        for (const Result result : results)
            object[in_words(result)] = hook.results[static_cast<std::size_t>(result)];
        if (hook.calls > 0)
            object["mean_us"] = Micro(hook.spent).count() / static_cast<double>(hook.calls);
        object["longest_us"] = Micro(hook.longest).count();
        hooks.push_back(std::move(object));
    }
    json::array shown;
    for (const Shown& each : shown_) {
        json::array steps;
        for (const ReplayStep& step : each.replayed.steps)
            steps.push_back(json_of(step, plugin.hook_name(step.phase)));
        shown.push_back({{"id", each.request.id},
                         {"timestamp", gateway::to_rfc3339(each.request.timestamp_us)},
                         {"provider", each.request.provider},
                         {"model", each.request.model},
                         {"stream", each.request.stream},
                         {"steps", std::move(steps)}});
    }
    const json::object all{
        {"plugin", plugin.actual_name()}, {"generation", plugin.generation()},
        {"requests", requests_},          {"touched", touched_},
        {"too_large", too_large_},        {"refused", refused_},
        {"without_answer", unanswered_},  {"answer_too_large", answers_too_large_},
        {"hooks", std::move(hooks)},      {"shown", std::move(shown)}};
    return json::serialize(all) + '\n';
}

}  // namespace sluice::app
