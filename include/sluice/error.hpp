#pragma once

#include <stdexcept>
#include <string>

namespace sluice {

/// What kind of promise was broken. A code exists once a caller branches on it.
enum class ErrorCode {
    invalid_input,   ///< a module, manifest, configuration or request that cannot be used
    missing_export,  ///< the plug-in does not export what was asked for
    trap,            ///< the guest trapped: unreachable, out of bounds, stack overflow, ...
    timeout,         ///< a deadline passed; the guest was stopped
    cancelled,       ///< the caller gave up; the guest was stopped
    memory_limit,    ///< a guest or a queue asked for more than it may have
    fuel_limit,      ///< the guest used up the fuel that it may; it was stopped
    guest_error,     ///< the guest ran to its end and said that it failed
    poisoned,        ///< an earlier fault left this object unusable until reset()
    unavailable,     ///< something outside the process did not do its part: file, port, provider
    internal,        ///< a fault of ours
};

/// A broken promise or a fault. The message names plug-in, file or function, and the cause, in one
/// sentence that a user can act on.
class Error : public std::runtime_error {
  public:
    Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

    ErrorCode code() const noexcept { return code_; }

  private:
    ErrorCode code_;
};

}  // namespace sluice
