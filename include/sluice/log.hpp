#pragma once

#include <functional>
#include <optional>
#include <string_view>

namespace sluice {

/// How grave a message is. The numbers are those that guests see.
/// Source: Extism runtime, `get_log_level`.
enum class LogLevel { trace = 0, debug = 1, info = 2, warn = 3, error = 4, off = 2147483647 };

/// "trace", "debug", "info", "warn", "error" or "off".
std::string_view to_string(LogLevel level) noexcept;

/// The level of that name; nothing when there is none.
std::optional<LogLevel> log_level(std::string_view name) noexcept;

/// Takes a message of a guest. Lifetime: `message` is valid during the call. Threads: the one that
/// runs the guest. Errors: what it throws fails the guest's call.
using LogSink = std::function<void(LogLevel level, std::string_view message)>;

}  // namespace sluice
