#pragma once

#include "store/config.hpp"

#include <sluice/bytes.hpp>

namespace sluice::gateway {

/// The module that `module` names, from the cache of modules or, the first time, by HTTPS. What
/// comes back has the digest that was asked for and, where keys are trusted, a signature by one.
///
/// Blocks: at most for `downloads.timeout`. Threads: any; several processes may share the cache.
/// Errors: \throws Error unavailable, timeout or memory_limit for what cannot be fetched, and
/// invalid_input for what may not be or is not what was asked for.
Bytes fetch_module(const store::RemoteModule& module, const store::DownloadConfig& downloads);

}  // namespace sluice::gateway
