#pragma once

#include "hooks/guest_output.hpp"
#include "hooks/hook_plugin.hpp"
#include "hooks/host_calls.hpp"
#include "hooks/plugin_usage.hpp"
#include "wasm/linker.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::hooks {

/// Members of a plug-in's configuration by key: a string's text, everything else as JSON.
using ConfigMembers = std::map<std::string, std::string, std::less<>>;

/// None for what is no JSON object: the guest's `init` may read it all the same.
ConfigMembers config_members(std::string_view json);

/// A JSON object of texts.
std::string json_object(const HttpHeaders& members);

/// The host's side of one guest: what it may call now, the result of its last call, and what it
/// waits for.
///
/// Lifetime: what it is made of outlives it. Threads: the one that runs the guest.
class GuestHost {
  public:
    /// When a guest runs: only in `init` and hooks it has a request, or a configuration, to act
    /// for; only in hooks there is somebody who waits with it.
    enum class Scope : std::uint8_t { outside, init, hook };

    /// Which functions the guest calls: those of host_module.hpp, or of extism_host.hpp.
    enum class Abi : std::uint8_t { sluice, extism };

    GuestHost(const HookPluginOptions& options, const ConfigMembers& config, PluginUsage& usage,
              GuestOutput& output, Abi abi = Abi::sluice)
        : options_(options), config_(config), usage_(usage), output_(output), abi_(abi) {}
    GuestHost(const GuestHost&) = delete;
    GuestHost& operator=(const GuestHost&) = delete;

    GuestOutput& output() noexcept { return output_; }
    const HookPluginOptions& options() const noexcept { return options_; }
    const ConfigMembers& config() const noexcept { return config_; }
    /// What it asks for from now on is counted in `counts`, which outlives that; null: in a count
    /// that begins here.
    void enter(Scope scope, HostCallCounts* counts = nullptr) noexcept;

    const std::string& result() const noexcept { return reply_.text; }
    /// Keeps the text until the next call; gives the number.
    std::int64_t keep(HostReply reply);
    std::int64_t fail(std::string why) { return keep(HostReply::failure(std::move(why))); }
    /// Whether a call may be made now. Else fail() has been called, and that is the call's end.
    bool admits();
    /// The same for a call that makes the guest wait.
    bool admits_wait(std::string_view function);
    /// Whether one more call is within `limit`; counts it, or the limit as broken.
    bool counts(Limit limit);

    HostReply reply_to(const VariableCommand& command, VariableReply reply) const;
    /// As the guest's ABI gives it: one JSON text, or the body with the rest beside it.
    HostReply reply_to(HttpReply reply);

    /// Of the last HTTP request of an Extism guest: 0 and none before the first, and when there was
    /// no answer.
    int http_status() const noexcept { return http_status_; }
    const HttpHeaders& http_headers() const noexcept { return http_headers_; }
    void forget_http() noexcept;

    /// Why the present call must fail although its guest runs on; empty when nothing is wrong.
    const std::string& failure() const noexcept { return failure_; }
    /// What was kept last is such a failure.
    void fail_call() { failure_ = reply_.text; }

    /// Makes the guest wait for `task` until give().
    wasm::Continuation wait_for(HostTask task);
    /// What it waits for; null: for nothing, or for the clock.
    const HostTask* task() const noexcept { return task_ && !given_ ? &*task_ : nullptr; }
    void give(HostReply reply) { given_ = std::move(reply); }

  private:
    const HookPluginOptions& options_;
    const ConfigMembers& config_;
    PluginUsage& usage_;
    GuestOutput& output_;
    const Abi abi_;
    Scope scope_ = Scope::outside;
    HostReply reply_{};
    std::optional<HostTask> task_{};
    std::optional<HostReply> given_{};
    HostCallCounts own_counts_{};
    HostCallCounts* counts_ = &own_counts_;
    std::string failure_{};
    int http_status_ = 0;
    HttpHeaders http_headers_{};
};

}  // namespace sluice::hooks
