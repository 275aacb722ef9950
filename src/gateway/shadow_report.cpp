#include "gateway/shadow_report.hpp"

#include "gateway/log_query.hpp"
#include "gateway/redaction.hpp"
#include "store/plugin_entries.hpp"

#include <boost/json.hpp>

#include <utility>

namespace sluice::gateway {

namespace json = boost::json;

namespace {

json::object place_of(const JsonDifference& place) {
    json::object shown{{"path", place.path}};
    for (const auto& [side, value] :
         {std::pair{"stable", &place.expected}, {"shadow", &place.actual}}) {
        if (!*value) continue;
        shown[side] = **value;
        redact(shown[side]);
        if (shown[side].is_string() && names_a_secret(place.path))
            shown[side] = store::redacted_text;
    }
    return shown;
}

json::object difference_of(const ShadowDifference& difference, const hooks::HookPlugin& plugin) {
    json::object shown{{"timestamp", to_rfc3339(difference.timestamp_us)},
                       {"request_id", difference.request_id},
                       {"hook", plugin.hook_name(difference.phase)}};
    json::array places;
    for (const JsonDifference& place : difference.places) places.emplace_back(place_of(place));
    shown["places"] = std::move(places);
    if (!difference.fault.empty()) shown["fault"] = difference.fault;
    return shown;
}

}  // namespace

void add_comparison(const PluginShadow& comparison, const LoadedPlugin& plugin,
                    json::object& shown) {
    json::object results;
    for (const hooks::Phase phase : hooks::all_phases) {
        if (!plugin.phases.has(phase)) continue;
        json::object counts;
        for (std::size_t i = 0; i < shadow_results.size(); ++i)
            counts[shadow_results[i]] = comparison.counted(phase, static_cast<ShadowResult>(i));
        results[plugin.plugin->hook_name(phase)] = std::move(counts);
    }
    shown["results"] = std::move(results);
    json::array differences;
    for (const ShadowDifference& each : comparison.differences())
        differences.emplace_back(difference_of(each, *plugin.plugin));
    shown["differences"] = std::move(differences);
}

}  // namespace sluice::gateway
