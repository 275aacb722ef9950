#pragma once

#include "base/json_slices.hpp"
#include "gateway/metrics.hpp"
#include "gateway/plugin_chain.hpp"
#include "gateway/plugin_envelope.hpp"
#include "gateway/plugin_line.hpp"
#include "gateway/shadow_runner.hpp"
#include "hooks/hook_answer.hpp"
#include "hooks/hook_call.hpp"
#include "hooks/instance_pool.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// How hooks are called on coroutines. Internal to the plug-in chain.
namespace sluice::gateway {

/// An active plug-in on one thread.
struct PluginSlot {
    PluginSlot(const LoadedPlugin& loaded, Metrics& metrics);

    const std::string& name() const noexcept { return plugin.options().name; }
    bool takes_part(hooks::Phase phase) const noexcept { return phases.has(phase); }
    Metrics::Hook& metric(hooks::Phase phase) const noexcept {
        return *series[static_cast<std::size_t>(phase)];
    }

    /// How the guest names and wants the input of a hook that it has.
    std::string_view hook_name(hooks::Phase phase) const noexcept {
        return plugin.hook_name(phase);
    }
    InputForm form(hooks::Phase phase) const noexcept {
        return {plugin.convention(phase), config.shape};
    }

    const hooks::HookPlugin& plugin;
    const store::PluginConfig config;
    const hooks::PhaseSet phases;
    const std::shared_ptr<PluginBreaker> breaker;  ///< shared with the other threads; null: none
    hooks::InstancePool pool;
    PluginLine line{pool};
    const std::shared_ptr<PluginShadow> shadow;  ///< likewise shared; null: none
    std::array<Metrics::Shadow*, hooks::all_phases.size()> shadow_series{};
    const std::shared_ptr<PluginSlot> canary;  ///< that some requests meet instead; null: none
    std::array<Metrics::Hook*, hooks::all_phases.size()> series{};
};

struct PluginRuntime::State {
    std::shared_ptr<const PluginSet> set;
    http::Executor executor;
    PluginSurroundings around{};
    /// In order of execution. Shared with the runtimes before and after this one, as far as they
    /// have the same plug-ins.
    std::vector<std::shared_ptr<PluginSlot>> slots{};
    bool selective = false;  ///< whether some plug-in sees some requests only
    std::size_t window = 0;  ///< the most characters that a plug-in asks for; 0: none does
    bool versioned = false;  ///< whether some plug-in has a canary
    // Used between two awaits, never across one.
    JsonDocument answer_document{};
    JsonDocument sent_document{};
};

/// What came of calling a hook. Plain data: the rules of each phase say what a failure means.
struct HookReply {
    std::string text{};     ///< the guest's JSON
    std::string fault{};    ///< why there is none: trap, timeout, ...; for the log
    std::string reason{};   ///< the same in a few words, for clients
    bool overload = false;  ///< it was never called: too many calls are in line
    bool paused = false;    ///< it was never called: its breaker is open
};

/// Calls a hook and lets the thread serve others meanwhile. Its duration goes to the metrics, what
/// the guest asks others for to `counts`: those of the request and the plug-in, which belong to the
/// request's hooks.
/// Errors: \throws operation_aborted when the awaiting coroutine is cancelled; the guest is
/// stopped.
http::Task<HookReply> call_hook(PluginRuntime::State& runtime, PluginSlot& slot, hooks::Phase phase,
                                Envelope envelope, hooks::HostCallCounts& counts);

/// A reply, read into the runtime's answer document.
struct ReadReply {
    hooks::HookAnswer answer{};
    bool failed = false;   ///< by trap, timeout or an answer that cannot be read
    std::string fault{};   ///< why, for the log; also for the error that the hook itself reports
    std::string reason{};  ///< why it failed, for clients
    bool paused = false;   ///< it was never called: nothing new to tell the log
};
/// Tells the plug-in's breaker as well.
ReadReply read_reply(PluginRuntime::State& runtime, const PluginSlot& slot, hooks::Phase phase,
                     const HookReply& reply);

/// Gives the shadow of a plug-in, if it has one, a copy of a call that was made.
void offer_to_shadow(PluginRuntime::State& runtime, const PluginSlot& slot, hooks::Phase phase,
                     const Envelope& envelope, const HookReply& reply);

/// Counts and logs a failure of a hook.
void report_failure(const PluginSlot& slot, hooks::Phase phase, std::string_view what);

}  // namespace sluice::gateway
