#pragma once

#include "hooks/host_calls.hpp"
#include "http/asio_types.hpp"

#include <string>

namespace sluice::gateway {

class Worker;

/// A chat completion that a plug-in asks for: through the gateway's providers and keys like a
/// client's, with a request id, a log row and series of its own. No plug-in runs around it, so that
/// none can set off itself.
///
/// Blocks nothing. The worker outlives it.
/// Errors: \throws boost::system::system_error operation_aborted when cancelled; all else becomes a
///     failure whose text is the error's JSON.
http::Task<hooks::HostReply> ask_model(Worker& worker, std::string request);

}  // namespace sluice::gateway
