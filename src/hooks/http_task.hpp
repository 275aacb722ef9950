#pragma once

#include "hooks/host_calls.hpp"

#include <string>
#include <string_view>

namespace sluice::hooks {

/// What a guest asks by `{"url","method"?,"headers"?,"timeout_ms"?}`.
/// Errors: \throws Error invalid_input, naming the member that is wrong.
HttpTask read_http_task(std::string_view json, std::string body);

}  // namespace sluice::hooks
