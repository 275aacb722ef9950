#pragma once

#include "hooks/instance_pool.hpp"
#include "hooks/phase.hpp"

#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace sluice::hooks {

/// Calls a hook and waits for its answer, which is empty when it has no opinion. A guest that never
/// frees gets a fresh instance once, as in the gateway. For threads that have nothing else to do.
///
/// Lifetime: the pieces outlive the call; `ends` as HookCall takes them.
/// Blocks: at most for the plug-in's limits; ends soon after `stop` is asked for.
/// Errors: \throws Error naming plug-in, hook and cause, and the limit that it broke; cancelled
/// when it was stopped.
std::string call_and_wait(InstancePool& pool, Phase phase, std::span<const std::string_view> pieces,
                          std::span<const std::size_t> ends, const std::stop_token& stop = {});

}  // namespace sluice::hooks
