#include "gateway/routes.hpp"

#include <algorithm>
#include <array>

namespace sluice::gateway {

namespace {

struct Route {
    std::string_view methods;  ///< as the Allow field lists them
    std::string_view path;     ///< may have a `{name}`: any one, non-empty segment
    Endpoint endpoint;
};

constexpr std::array routes{
    Route{"POST", "/v1/chat/completions", Endpoint::chat_completions},
    Route{"GET, HEAD", "/v1/models", Endpoint::models},
    Route{"GET, HEAD", "/health", Endpoint::health},
    Route{"GET, HEAD", "/metrics", Endpoint::metrics},
    Route{"GET, HEAD, POST", "/api/plugins", Endpoint::plugins},
    Route{"GET, HEAD, PUT, DELETE", "/api/plugins/{name}", Endpoint::plugin},
    Route{"GET, HEAD", "/api/plugins/{name}/logs", Endpoint::plugin_logs},
    Route{"GET, HEAD", "/api/logs", Endpoint::logs},
};

bool matches(std::string_view pattern, std::string_view path, std::string_view& parameter) {
    const std::size_t brace = pattern.find('{');
    if (brace == std::string_view::npos) return pattern == path;
    const std::string_view prefix = pattern.substr(0, brace);
    const std::string_view suffix = pattern.substr(pattern.find('}') + 1);
    if (path.size() < prefix.size() + suffix.size() || !path.starts_with(prefix) ||
        !path.ends_with(suffix))
        return false;
    parameter = path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
    return !parameter.empty() && parameter.find('/') == std::string_view::npos;
}

bool is_listed(std::string_view method, std::string_view methods) {
    for (std::size_t at = 0; at < methods.size();) {
        const std::size_t comma = std::min(methods.find(", ", at), methods.size());
        if (methods.substr(at, comma - at) == method) return true;
        at = comma + 2;
    }
    return false;
}

}  // namespace

RouteMatch find_route(std::string_view method, std::string_view path) noexcept {
    for (const Route& route : routes) {
        RouteMatch match{.endpoint = route.endpoint, .label = route.path};
        if (!matches(route.path, path, match.parameter)) continue;
        if (!is_listed(method, route.methods)) match.allow = route.methods;
        return match;
    }
    return {};
}

}  // namespace sluice::gateway
