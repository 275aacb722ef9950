#pragma once

#include "http/link.hpp"

#include <memory>

namespace sluice::http {

/// A fresh link to `target`: name resolution, connection (address by address), TLS handshake.
///
/// Blocks nothing; names are resolved on Asio's own thread, and a resolution that is given up is
/// dropped there.
/// Errors: \throws Error unavailable "HOST:PORT: CAUSE" (not found, refused, certificate not
///     trusted or for another name, …) and Error timeout when `limit` passes;
///     boost::system::system_error operation_aborted when the awaiting coroutine is cancelled.
///     Messages name no secrets: they know none.
Task<std::unique_ptr<Link>> connect(Target target, Clock::duration limit);

}  // namespace sluice::http
