#pragma once

#include "store/config.hpp"

#include <functional>
#include <optional>
#include <string_view>

namespace sluice::gateway {

/// The value of a request's header, if it has that one; the name in any case.
using HeaderOf = std::function<std::optional<std::string_view>(std::string_view name)>;

/// Where a request stands among all requests to a plug-in: from 0 up to, not including, 100. Spread
/// evenly; always the same for the same plug-in and id, in every process.
double place_in_hundred(std::string_view plugin, std::string_view request_id) noexcept;

/// Whether a request meets the canary of `plugin` in its place. Without `header` it has none.
bool meets_canary(const store::PluginCanary& canary, std::string_view plugin,
                  std::string_view request_id, const HeaderOf& header);

}  // namespace sluice::gateway
