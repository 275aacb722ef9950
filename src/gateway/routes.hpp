#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::gateway {

/// What the gateway offers. `unknown` stands for every other path.
enum class Endpoint : std::uint8_t {
    chat_completions,
    models,
    health,
    metrics,
    plugins,
    plugin,
    plugin_logs,
    logs,
    unknown,
};

/// Where a request goes.
struct RouteMatch {
    Endpoint endpoint = Endpoint::unknown;
    std::string_view label = "other";  ///< the path's pattern, for /metrics; static text
    std::string_view allow{};          ///< set when only the method is wrong: 405, the Allow field
    std::string_view parameter{};      ///< what stands in place of `{name}`; a view of the path
};

/// HEAD is served wherever GET is. Lifetime: `parameter` views `path`.
RouteMatch find_route(std::string_view method, std::string_view path) noexcept;

}  // namespace sluice::gateway
