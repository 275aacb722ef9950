#pragma once

#include "wasm/instance.hpp"

#include <sluice/profile.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace sluice {

/// What makes an instance feed `profile`: wasm::InstanceOptions::sample. Empty without one.
inline std::function<void(std::span<const std::string>, wasm::Clock::duration)> sampler(
    std::shared_ptr<Profile> profile) {
    if (!profile) return {};
    return [profile = std::move(profile)](std::span<const std::string> stack,
                                          wasm::Clock::duration ran) { profile->add(stack, ran); };
}

}  // namespace sluice
