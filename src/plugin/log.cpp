#include <sluice/log.hpp>

#include <array>
#include <utility>

namespace sluice {
namespace {

constexpr std::array<std::pair<LogLevel, std::string_view>, 6> levels{{
    {LogLevel::trace, "trace"},
    {LogLevel::debug, "debug"},
    {LogLevel::info, "info"},
    {LogLevel::warn, "warn"},
    {LogLevel::error, "error"},
    {LogLevel::off, "off"},
}};

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
    for (const auto& [each, name] : levels)
        if (each == level) return name;
    return "unknown";
}

std::optional<LogLevel> log_level(std::string_view name) noexcept {
    for (const auto& [level, each] : levels)
        if (each == name) return level;
    return std::nullopt;
}

}  // namespace sluice
