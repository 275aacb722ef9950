#pragma once

#include "gateway/plugin_http.hpp"
#include "hooks/hook_call.hpp"

namespace sluice::gateway {

class Worker;

/// What the guests of one I/O thread wait for: it is done while the thread serves others, and given
/// to the guest.
///
/// Lifetime: the worker outlives it. Threads: the worker's.
class PluginTasks {
  public:
    explicit PluginTasks(Worker& worker);
    PluginTasks(const PluginTasks&) = delete;
    PluginTasks& operator=(const PluginTasks&) = delete;

    /// Does what `call` waits for; afterwards it can be resumed. Takes references: they belong to
    /// the awaiting frame.
    /// Errors: \throws boost::system::system_error operation_aborted when cancelled; all else is
    ///     told to the guest.
    http::Task<void> run(const hooks::HookPluginOptions& options, hooks::HookCall& call);

    void drop_aged(http::Clock::time_point now) { http_.drop_aged(now); }

  private:
    http::Task<hooks::HostReply> ask(std::string request, http::Clock::time_point deadline);
    http::Task<VariableReply> change(VariableCommand command);

    Worker& worker_;
    PluginHttp http_;
};

}  // namespace sluice::gateway
