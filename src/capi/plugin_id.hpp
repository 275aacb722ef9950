#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace sluice::capi {

/// A random UUID (version 4).
using PluginId = std::array<std::uint8_t, 16>;

PluginId new_plugin_id();

/// "1b4e28ba-2fa1-41d2-883f-0016d3cca427".
std::string to_string(const PluginId& id);

}  // namespace sluice::capi
