#pragma once

#include "files.hpp"

#include <sluice/plugin.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::tests {

/// The manifest of tests/guests/NAME.wat.
inline Manifest manifest_of(std::string_view name) {
    return Manifest::bytes(as_bytes(guest(name)), std::string(name));
}

/// A plug-in made of WebAssembly text.
inline Plugin plugin_of(std::string_view text, PluginOptions options = {}) {
    return Plugin(Manifest::bytes(as_bytes(text), "guest"), std::move(options));
}

inline std::string call(Plugin& plugin, std::string_view function, std::string_view input = {}) {
    return std::string(as_text(plugin.call(function, as_bytes(input))));
}

}  // namespace sluice::tests
