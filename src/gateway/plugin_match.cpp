#include "gateway/plugin_match.hpp"

#include "base/glob.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace sluice::gateway {
namespace {

bool any_fits(const std::vector<std::string>& patterns, std::string_view text) {
    return std::ranges::any_of(
        patterns, [text](const std::string& pattern) { return glob_matches(pattern, text); });
}

bool any_fits_model(const std::vector<std::string>& patterns, const MatchSubject& subject) {
    if (any_fits(patterns, subject.model)) return true;
    std::string whole(subject.provider);
    whole.append("/").append(subject.model);
    return any_fits(patterns, whole);
}

}  // namespace

bool matches(const store::PluginMatch& match, const MatchSubject& subject) {
    return (match.routes.empty() || any_fits(match.routes, subject.route)) &&
           (match.providers.empty() || any_fits(match.providers, subject.provider)) &&
           (match.models.empty() || any_fits_model(match.models, subject));
}

}  // namespace sluice::gateway
