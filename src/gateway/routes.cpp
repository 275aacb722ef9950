#include "gateway/routes.hpp"

#include <array>

namespace sluice::gateway {

namespace {

struct Route {
    std::string_view method;
    std::string_view path;  ///< may end in `{name}`: one more, non-empty segment
    Endpoint endpoint;
};

constexpr std::array routes{
    Route{"POST", "/v1/chat/completions", Endpoint::chat_completions},
    Route{"GET", "/v1/models", Endpoint::models},
    Route{"GET", "/health", Endpoint::health},
    Route{"GET", "/metrics", Endpoint::metrics},
    Route{"GET", "/api/plugins", Endpoint::plugins},
    Route{"GET", "/api/plugins/{name}", Endpoint::plugin},
    Route{"GET", "/api/logs", Endpoint::logs},
};

bool matches(std::string_view pattern, std::string_view path, std::string_view& parameter) {
    if (!pattern.ends_with('}')) return pattern == path;
    const std::string_view prefix = pattern.substr(0, pattern.find('{'));
    if (!path.starts_with(prefix)) return false;
    parameter = path.substr(prefix.size());
    return !parameter.empty() && parameter.find('/') == std::string_view::npos;
}

}  // namespace

RouteMatch find_route(std::string_view method, std::string_view path) noexcept {
    for (const Route& route : routes) {
        RouteMatch match{.endpoint = route.endpoint, .label = route.path};
        if (!matches(route.path, path, match.parameter)) continue;
        const bool reads = route.method == "GET";
        if (method == route.method || (reads && method == "HEAD")) return match;
        match.allow = reads ? "GET, HEAD" : "POST";
        return match;
    }
    return {};
}

}  // namespace sluice::gateway
