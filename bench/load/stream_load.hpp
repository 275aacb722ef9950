#pragma once

#include "load/plain_load.hpp"

#include <string>

namespace sluice::bench {

/// Runs `requests` streams one after another on each of `connections` connections: time to the
/// first event, lag of each event behind its sending (where the upstream stamps them), and how many
/// events came in one read together with another. JSON. Errors: as run_plain().
std::string run_streams(const LoadOptions& options);

}  // namespace sluice::bench
