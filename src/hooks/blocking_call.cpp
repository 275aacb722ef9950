#include "hooks/blocking_call.hpp"

#include "hooks/hook_call.hpp"
#include "hooks/limits.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

namespace sluice::hooks {
namespace {

using Progress = wasm::FiberCall::Progress;

/// How long a stop may go unnoticed while the guest waits.
constexpr std::chrono::milliseconds nap{10};

void check(const std::stop_token& stop, const HookPlugin& plugin, Phase phase) {
    if (stop.stop_requested())
        throw Error(
            ErrorCode::cancelled,
            fmt::format("plug-in {}: {}: stopped", plugin.options().name, plugin.hook_name(phase)));
}

void wait_until(wasm::Clock::time_point time, const std::stop_token& stop) {
    while (!stop.stop_requested() && wasm::Clock::now() < time)
        std::this_thread::sleep_until(std::min(time, wasm::Clock::now() + nap));
}

[[noreturn]] void throw_with_limit(const Error& error, Limit limit, const HookPlugin& plugin) {
    if (limit == Limit::none) throw Error(error.code(), error.what());
    plugin.usage().count_broken(limit);
    throw Error(error.code(),
                fmt::format("{} ({})", error.what(), in_words(plugin.options(), limit)));
}

/// Nothing when a fresh instance may do better.
std::optional<std::string> attempt(InstancePool& pool, HookCall& call, Phase phase, bool is_last,
                                   const std::stop_token& stop) {
    try {
        for (Progress progress = call.resume(); progress != Progress::done;
             progress = call.resume()) {
            if (call.host_task() != nullptr)
                call.give(
                    HostReply::failure("hooks that run beside the gateway's requests send no "
                                       "requests, ask no models and reach no store"));
            else if (progress != Progress::yielded)
                wait_until(call.wake_at(), stop);
            check(stop, pool.plugin(), phase);
        }
        return call.take_answer();
    } catch (const Error& error) {
        if (is_last || !call.may_retry()) throw_with_limit(error, call.broken(), pool.plugin());
        return std::nullopt;
    }
}

}  // namespace

std::string call_and_wait(InstancePool& pool, Phase phase, std::span<const std::string_view> pieces,
                          std::span<const std::size_t> ends, const std::stop_token& stop) {
    std::size_t bytes = 0;
    for (const std::string_view piece : pieces) bytes += piece.size();
    for (bool is_last = false;; is_last = true) {
        const auto lease = pool.take(bytes);
        HookCall call(*lease, phase, pieces, ends);
        if (auto answer = attempt(pool, call, phase, is_last, stop)) return *std::move(answer);
    }
}

}  // namespace sluice::hooks
