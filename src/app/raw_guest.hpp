#pragma once

#include "wasm/instance.hpp"
#include "wasm/module.hpp"

#include <sluice/profile.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::wasm {
class Engine;
}

namespace sluice::app {

struct RawGuestOptions {
    std::chrono::milliseconds timeout{30'000};
    std::optional<std::uint64_t> fuel{};  ///< for its start, `init` and the call together
    std::uint32_t max_pages = 4096;
    std::string config_json = "{}";  ///< handed to `init` when the guest exports one
    std::function<void(int fd, std::string_view text)> output{};
    std::shared_ptr<Profile> profile{};  ///< gets samples of all of it
};

/// Whether `type` is one that call_raw_guest() knows and that takes input.
bool takes_input(const wasm::FunctionType& type);

/// Calls a function of a guest that passes bytes as pointer and length, in one number where it
/// returns them (pointer << 32 | length), the way gateway plug-ins do.
///
/// Starts the guest's runtime and calls `init` first, as the gateway would, unless `function` is
/// one of those. Types: (i32, i32) or nothing in; i64 (packed bytes), i32 (its digits come back) or
/// nothing out.
/// Blocks: at most `options.timeout`.
/// Errors: \throws Error missing_export, invalid_input (another type, no allocator), guest_error
/// (an answer outside its memory), trap, timeout, memory_limit,
/// fuel_limit.
std::string call_raw_guest(const wasm::Engine& engine, const wasm::Module& module,
                           std::string_view function, std::string_view input,
                           const RawGuestOptions& options);

}  // namespace sluice::app
