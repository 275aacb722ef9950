#include "gateway/plugin_metrics.hpp"

#include <fmt/format.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace sluice::gateway {
namespace {

using Kind = hooks::MetricUpdate::Kind;
using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view prefix = "sluice_plugin_own_";
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_value = 128;
constexpr std::size_t most_labels = 8;

/// Source: Prometheus' data model; names of labels have no colons, and this holds for both.
bool is_name(std::string_view text) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !text.empty() && text.size() <= longest_name && is_letter(text.front()) &&
           std::ranges::all_of(text,
                               [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string problem_of(const hooks::MetricUpdate& update) {
    if (!is_name(update.name))
        return fmt::format("a metric's name is letters, digits and _, at most {} of them",
                           longest_name);
    if (!std::isfinite(update.value)) return "a metric's value must be a finite number";
    if (update.kind == Kind::add && update.value < 0)
        return "a counter only grows; metric_set keeps what may go down";
    if (update.labels.size() > most_labels)
        return fmt::format("a metric has at most {} labels", most_labels);
    for (const auto& [name, value] : update.labels) {
        if (!is_name(name) || name == "plugin" || name.starts_with("__"))
            return "a label's name is letters, digits and _, and neither \"plugin\" nor beginning "
                   "with __";
        if (value.size() > longest_value)
            return fmt::format("the label {} is longer than {} bytes", name, longest_value);
    }
    return {};
}

/// Two spellings of one series are one.
std::string sort_labels(Labels& labels) {
    std::ranges::sort(labels);
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (std::ranges::adjacent_find(labels, same) != labels.end())
        return "a label's name stands twice";
    return {};
}

}  // namespace

struct PluginMetrics::State {
    struct Family {
        Kind kind = Kind::add;
        std::map<std::pair<std::string, Labels>, double> series{};  ///< by plug-in and labels
    };
    mutable std::mutex mutex{};
    std::map<std::string, Family, std::less<>> families{};
    std::map<std::string, std::size_t, std::less<>> counts{};  ///< of series, by plug-in
};

PluginMetrics::PluginMetrics() : state_(std::make_unique<State>()) {}
PluginMetrics::~PluginMetrics() = default;

std::string PluginMetrics::update(const hooks::MetricUpdate& update) {
    if (std::string problem = problem_of(update); !problem.empty()) return problem;
    Labels labels = update.labels;
    if (std::string problem = sort_labels(labels); !problem.empty()) return problem;
    const std::lock_guard lock(state_->mutex);
    const auto known = state_->families.find(update.name);
    if (known != state_->families.end() && known->second.kind != update.kind)
        return fmt::format("`{}` is a {} already", update.name,
                           known->second.kind == Kind::add ? "counter" : "gauge");
    std::pair key{update.plugin, std::move(labels)};
    const bool is_new = known == state_->families.end() || !known->second.series.contains(key);
    std::size_t& count = state_->counts[update.plugin];
    if (is_new && count >= most_series)
        return fmt::format("a plug-in keeps at most {} series", most_series);
    if (is_new) ++count;
    State::Family& family =
        known == state_->families.end() ? state_->families[update.name] : known->second;
    family.kind = update.kind;
    double& value = family.series[std::move(key)];
    value = update.kind == Kind::add ? value + update.value : update.value;
    return {};
}

void PluginMetrics::collect(std::vector<prometheus::MetricFamily>& families) const {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [name, family] : state_->families) {
        const bool counts = family.kind == Kind::add;
        prometheus::MetricFamily& shown = families.emplace_back();
        shown.name = fmt::format("{}{}", prefix, name);
        shown.help = "Kept by plug-ins";
        shown.type = counts ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
        for (const auto& [key, value] : family.series) {
            prometheus::ClientMetric& metric = shown.metric.emplace_back();
            metric.label.push_back({"plugin", key.first});
            for (const auto& [label, text] : key.second) metric.label.push_back({label, text});
            (counts ? metric.counter.value : metric.gauge.value) = value;
        }
    }
}

}  // namespace sluice::gateway
