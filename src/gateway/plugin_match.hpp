#pragma once

#include "store/config.hpp"

#include <string_view>

namespace sluice::gateway {

/// What a plug-in's `match` is held against. Empty texts are not known (yet).
struct MatchSubject {
    std::string_view route{};     ///< the path
    std::string_view provider{};  ///< its configured name
    std::string_view model{};     ///< without the provider's prefix
};

/// Whether the plug-in sees the request: each list that is there has a pattern that fits. Models
/// may be named with their provider, as `openai/gpt-*`.
bool matches(const store::PluginMatch& match, const MatchSubject& subject);

}  // namespace sluice::gateway
