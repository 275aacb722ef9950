#include "gateway/plugin_runtime.hpp"

#include "gateway/plugin_tasks.hpp"
#include "hooks/limits.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>

namespace sluice::gateway {
namespace {

using Progress = wasm::FiberCall::Progress;

/// Observes how long a call took, however it ends.
class Stopwatch {
  public:
    explicit Stopwatch(Metrics::Hook& series) : series_(series) {}
    ~Stopwatch() { Metrics::observe(series_, http::Clock::now() - begin_); }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

  private:
    Metrics::Hook& series_;
    http::Clock::time_point begin_ = http::Clock::now();
};

std::string in_words(ErrorCode code, const hooks::HookPlugin& plugin, hooks::Limit limit) {
    const auto with_limit = [&](std::string_view what) {
        if (limit == hooks::Limit::none) return std::string(what);
        return fmt::format("{} ({})", what, hooks::in_words(plugin.options(), limit));
    };
    switch (code) {
        case ErrorCode::trap:
            return with_limit("it trapped");
        case ErrorCode::timeout:
            return with_limit("it took too long and was stopped");
        case ErrorCode::memory_limit:
            return with_limit("it ran out of memory");
        case ErrorCode::guest_error:
            return with_limit("it broke the rules of the hook ABI");
        default:
            return with_limit("it failed");
    }
}

/// One call in one instance. Errors become data here: this is the border to the guest, and what a
/// failure means is the phase's to say.
struct Attempt {
    PluginSlot& slot;
    hooks::Phase phase;
    hooks::HostCallCounts& counts;
    std::optional<hooks::InstancePool::Lease> lease{};
    std::optional<hooks::HookCall> call{};
    bool may_retry = false;

    bool begin(const Envelope& envelope, HookReply& reply) {
        try {
            lease.emplace(slot.pool.take(envelope.bytes()));
            slot.plugin.usage().instances.raise(slot.pool.in_use());
            call.emplace(**lease, phase, envelope.pieces(), envelope.ends(), &counts);
            return true;
        } catch (const Error& error) {
            fail(error, hooks::limit_behind(error, hooks::Limit::init_timeout), reply);
            return false;
        }
    }

    /// Nothing when the attempt has ended, well or not.
    std::optional<Progress> advance(HookReply& reply) {
        try {
            const Progress progress = call->resume();
            if (progress != Progress::done) return progress;
            reply.text = call->take_answer();
        } catch (const Error& error) {
            may_retry = call->may_retry();
            fail(error, call->broken(), reply);
        }
        return std::nullopt;
    }

    void fail(const Error& error, hooks::Limit limit, HookReply& reply) const {
        reply.fault = error.what();
        if (limit != hooks::Limit::none) {
            slot.plugin.usage().count_broken(limit);
            reply.fault += fmt::format(" ({})", hooks::in_words(slot.plugin.options(), limit));
        }
        reply.reason = fmt::format("plug-in {}: {}: {}", slot.name(), slot.hook_name(phase),
                                   in_words(error.code(), slot.plugin, limit));
    }
};

/// References: all of them belong to call_hook's frame, which awaits this.
http::Task<bool> run_attempt(PluginRuntime::State& runtime, PluginSlot& slot, hooks::Phase phase,
                             const Envelope& envelope, hooks::HostCallCounts& counts,
                             HookReply& reply) {
    Attempt attempt{slot, phase, counts};
    if (!attempt.begin(envelope, reply)) co_return false;
    while (const auto progress = attempt.advance(reply)) {
        if (*progress == Progress::yielded) {
            co_await http::asio::post(runtime.executor, http::use_task);
        } else if (attempt.call->host_task() != nullptr) {
            if (runtime.around.tasks == nullptr)
                attempt.call->give(hooks::HostReply::failure("this host does nothing for guests"));
            else
                co_await runtime.around.tasks->run(slot.plugin.options(), *attempt.call);
        } else {
            http::Timer timer(runtime.executor, attempt.call->wake_at());
            co_await timer.async_wait(http::use_task);
        }
    }
    co_return attempt.may_retry;
}

}  // namespace

PluginSlot::PluginSlot(const LoadedPlugin& loaded, Metrics& metrics)
    : plugin(*loaded.plugin),
      config(loaded.config),
      phases(loaded.phases),
      breaker(loaded.breaker),
      pool(loaded.plugin),
      shadow(loaded.comparison),
      canary(loaded.canary && loaded.canary->plugin
                 ? std::make_shared<PluginSlot>(*loaded.canary, metrics)
                 : nullptr) {
    for (const hooks::Phase phase : hooks::all_phases)
        if (takes_part(phase)) {
            if (shadow)
                shadow_series[static_cast<std::size_t>(phase)] =
                    &metrics.shadow(config.name, phase);
            series[static_cast<std::size_t>(phase)] =
                &metrics.hook(config.name, phase, loaded.version);
        }
}

http::Task<HookReply> call_hook(PluginRuntime::State& runtime, PluginSlot& slot, hooks::Phase phase,
                                Envelope envelope, hooks::HostCallCounts& counts) {
    HookReply reply;
    if (slot.breaker && !slot.breaker->admits(http::Clock::now())) {
        reply.fault =
            fmt::format("plug-in {}: {}: it failed {} times in a row and is paused", slot.name(),
                        slot.hook_name(phase), slot.breaker->most_failures());
        reply.reason = reply.fault;
        reply.paused = true;
        Metrics::count_paused_call(slot.metric(phase));
        co_return reply;
    }
    const Stopwatch stopwatch(slot.metric(phase));
    bool admitted = slot.line.open();
    if (!admitted) admitted = co_await slot.line.wait(runtime.executor);
    if (!admitted) {
        reply.fault = fmt::format(
            "plug-in {}: {}: too many calls are waiting for an instance "
            "(limits.waiting_calls is {})",
            slot.name(), slot.hook_name(phase), slot.plugin.options().waiting_calls);
        reply.reason = reply.fault;
        reply.overload = true;
        co_return reply;
    }
    const LineTurn turn(slot.line);
    const bool again = co_await run_attempt(runtime, slot, phase, envelope, counts, reply);
    if (again) {  // a guest that never frees may be out of memory: once more in a fresh instance
        reply = HookReply();
        co_await run_attempt(runtime, slot, phase, envelope, counts, reply);
    }
    offer_to_shadow(runtime, slot, phase, envelope, reply);
    co_return reply;
}

namespace {

void tell_breaker(const PluginSlot& slot, hooks::Phase phase, bool failed) {
    using Outcome = PluginBreaker::Outcome;
    const bool opened =
        slot.breaker->record(failed ? Outcome::failure : Outcome::success, http::Clock::now());
    if (!opened) return;
    Metrics::count_pause(slot.metric(phase));
    spdlog::warn("plug-in {}: failed {} times in a row and is left out for {} ms", slot.name(),
                 slot.breaker->most_failures(), slot.breaker->pause().count());
}

void read_text(PluginRuntime::State& runtime, const PluginSlot& slot, hooks::Phase phase,
               std::string_view text, ReadReply& result) {
    try {
        result.answer =
            hooks::read_answer(phase, text, runtime.answer_document, slot.plugin.convention(phase));
        result.fault = result.answer.failure;
    } catch (const Error& error) {
        result.failed = true;
        result.fault = error.what();
        result.reason = fmt::format("plug-in {}: {}: its answer cannot be read", slot.name(),
                                    slot.hook_name(phase));
    }
}

}  // namespace

ReadReply read_reply(PluginRuntime::State& runtime, const PluginSlot& slot, hooks::Phase phase,
                     const HookReply& reply) {
    ReadReply result{.failed = !reply.fault.empty(),
                     .fault = reply.fault,
                     .reason = reply.reason,
                     .paused = reply.paused};
    if (!result.failed) read_text(runtime, slot, phase, reply.text, result);
    if (slot.breaker && !reply.paused && !reply.overload) tell_breaker(slot, phase, result.failed);
    return result;
}

void report_failure(const PluginSlot& slot, hooks::Phase phase, std::string_view what) {
    constexpr std::size_t most_logged = 2000;
    Metrics::count_error(slot.metric(phase));
    what = what.substr(0, most_logged);
    if (const auto& lines = slot.plugin.options().log_lines)
        lines->add("warning", fmt::format("{}: {}", slot.hook_name(phase), what),
                   hooks::LogLines::Source::gateway);
    spdlog::warn("plug-in {}: {}: {}", slot.name(), slot.hook_name(phase), what);
}

PluginRuntime::PluginRuntime(std::shared_ptr<const PluginSet> set, http::Executor executor,
                             Metrics& metrics, const PluginRuntime* before,
                             PluginSurroundings around)
    : state_(std::make_unique<State>(State{std::move(set), executor, around})) {
    const auto same_as = [](const LoadedPlugin& loaded) {
        return [&loaded](const std::shared_ptr<PluginSlot>& slot) {
            return &slot->plugin == loaded.plugin.get() && slot->config == loaded.config;
        };
    };
    for (const LoadedPlugin& loaded : state_->set->plugins) {
        if (!loaded.plugin) continue;
        std::shared_ptr<PluginSlot> slot;
        if (before != nullptr) {
            const auto& kept = before->state_->slots;
            const auto found = std::ranges::find_if(kept, same_as(loaded));
            if (found != kept.end()) slot = *found;
        }
        if (!slot) slot = std::make_shared<PluginSlot>(loaded, metrics);
        state_->selective |= !loaded.config.match.empty();
        state_->window = std::max(state_->window, loaded.config.window);
        state_->versioned |= slot->canary != nullptr;
        state_->slots.push_back(std::move(slot));
    }
}

PluginRuntime::~PluginRuntime() = default;

const PluginSet& PluginRuntime::set() const noexcept {
    return *state_->set;
}

}  // namespace sluice::gateway
