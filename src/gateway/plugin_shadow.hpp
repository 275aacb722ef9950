#pragma once

#include "base/json_difference.hpp"
#include "gateway/shadow_result.hpp"
#include "hooks/hook_plugin.hpp"
#include "hooks/instance_pool.hpp"
#include "hooks/phase.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// One call of a hook, for a shadow to repeat: copies, since the request goes on meanwhile.
struct ShadowCall {
    hooks::Phase phase{};
    std::vector<std::string> input{};  ///< a text an argument
    std::string answer{};              ///< the plug-in's; empty: no opinion
    std::string fault{};               ///< why there is none; empty when it worked

    std::size_t bytes() const noexcept;
};

/// A call whose answers were not the same.
struct ShadowDifference {
    std::int64_t timestamp_us = 0;  ///< since the epoch
    std::string request_id{};
    hooks::Phase phase{};
    std::vector<JsonDifference> places{};  ///< `expected` is the plug-in's, `actual` the shadow's
    std::string fault{};                   ///< in place of them: why one of the two has no answer
};

/// Whether differences are kept with the values that differ, or only with their places.
enum class ShownValues : std::uint8_t { kept, left_out };

/// A version of a plug-in that is shown what the plug-in is shown, and whose answers go nowhere but
/// into a comparison.
///
/// Threads: any; run() one at a time.
class PluginShadow {
  public:
    static constexpr std::size_t most_differences = 10;  ///< that are kept
    static constexpr std::size_t most_places = 20;       ///< of one difference
    static constexpr std::size_t most_value_bytes = 1000;
    static constexpr std::size_t most_waiting_bytes = 64 << 20;

    /// It is called in `phases`; in others of the plug-in's it counts as without an opinion.
    PluginShadow(std::shared_ptr<const hooks::HookPlugin> plugin, hooks::PhaseSet phases,
                 std::size_t most_waiting);

    const std::shared_ptr<const hooks::HookPlugin>& plugin() const noexcept { return plugin_; }
    std::size_t most_waiting() const noexcept { return most_waiting_; }

    /// Whether a call of that size may wait; each that may is to be run or given up.
    bool admit(std::size_t bytes) noexcept;
    void leave(std::size_t bytes) noexcept;

    /// Repeats the call and compares. `pool` is of plugin().
    /// Blocks: at most for the plug-in's limits.
    /// Errors: \throws Error cancelled when it was stopped; all else is a result.
    ShadowResult run(hooks::InstancePool& pool, const ShadowCall& call, ShownValues values,
                     const std::stop_token& stop);

    void count(hooks::Phase phase, ShadowResult result) noexcept;
    std::uint64_t counted(hooks::Phase phase, ShadowResult result) const noexcept;
    /// The newest last.
    std::vector<ShadowDifference> differences() const;

  private:
    void keep(ShadowDifference difference);

    const std::shared_ptr<const hooks::HookPlugin> plugin_;
    const hooks::PhaseSet phases_;
    const std::size_t most_waiting_;
    std::atomic<std::size_t> waiting_{0};
    std::atomic<std::size_t> waiting_bytes_{0};
    std::array<std::array<std::atomic<std::uint64_t>, shadow_results.size()>,
               hooks::all_phases.size()>
        counts_{};
    mutable std::mutex mutex_{};
    std::deque<ShadowDifference> differences_{};
};

/// Where two answers of a hook differ. Members at the top that say nothing (null, {}, "", false)
/// count as absent, and no opinion as {}: guests are free in that.
/// Errors: \throws Error guest_error, saying whose, when one is no JSON object.
std::vector<JsonDifference> answer_differences(std::string_view stable, std::string_view shadow);

}  // namespace sluice::gateway
