#pragma once

#include "http/reply.hpp"
#include "llm/outcome.hpp"

#include <sluice/error.hpp>

#include <exception>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// The HTTP status that a fault of this kind is answered with.
int status_of(ErrorCode code) noexcept;

/// What the client reads of `fault`. The only place where exceptions become wire errors.
///
/// Errors: \throws boost::system::system_error operation_aborted again: whoever was cancelled has
///     nobody to answer.
llm::ApiError to_api_error(std::exception_ptr fault);

/// An error of the gateway's own with the usual words for `status`.
llm::ApiError own_error(int status, std::string message);

/// The whole answer for `error`: a provider's own body goes on byte for byte.
http::Reply error_reply(const llm::ApiError& error);

}  // namespace sluice::gateway
