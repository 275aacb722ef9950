#pragma once

#include "hooks/hook_plugin.hpp"
#include "hooks/plugin_usage.hpp"

#include <sluice/error.hpp>

#include <cstdint>
#include <string>

namespace sluice::hooks {

/// Which bound a failed call, or with `of_time` a failed start, has broken; none for a failure of
/// another kind.
Limit limit_behind(const Error& error, Limit of_time = Limit::timeout);

/// What a plug-in may use, in the unit of the limit's name; the stack in KiB.
std::uint64_t allowed(const HookPlugin& plugin, Limit limit);

/// "limits.cpu_ms is 200"
std::string in_words(const HookPluginOptions& options, Limit limit);

}  // namespace sluice::hooks
