#include "gateway/plugin_tasks.hpp"

#include "gateway/blocking.hpp"
#include "gateway/plugin_llm_call.hpp"
#include "gateway/worker.hpp"
#include "http/deadline.hpp"

#include <sluice/error.hpp>

#include <utility>
#include <variant>

namespace sluice::gateway {

PluginTasks::PluginTasks(Worker& worker)
    : worker_(worker),
      http_([&shared = worker.shared()]() -> std::shared_ptr<const http::TlsClient> {
          return shared.plugin_host ? shared.plugin_host->tls() : nullptr;
      }) {}

http::Task<void> PluginTasks::run(const hooks::HookPluginOptions& options, hooks::HookCall& call) {
    const hooks::HostTask& task = *call.host_task();
    if (const auto* request = std::get_if<hooks::HttpTask>(&task)) {
        auto reply = co_await http_.send(*request, options.access, call.wake_at());
        call.give(std::move(reply));
    } else if (const auto* chat = std::get_if<hooks::LlmTask>(&task)) {
        auto reply = co_await ask(chat->request, call.wake_at());
        call.give(std::move(reply));
    } else {
        auto reply = co_await change(std::get<VariableCommand>(task));
        call.give(std::move(reply));
    }
}

http::Task<hooks::HostReply> PluginTasks::ask(std::string request,
                                              http::Clock::time_point deadline) {
    std::string problem;
    try {
        auto work = ask_model(worker_, std::move(request));
        std::string what = "LLM call";
        auto reply = co_await http::with_deadline(deadline - http::Clock::now(), std::move(what),
                                                  std::move(work));
        co_return reply;
    } catch (const Error& error) {  // out of time: so is the guest
        problem = error.what();
    }
    co_return hooks::HostReply::failure(std::move(problem));
}

http::Task<VariableReply> PluginTasks::change(VariableCommand command) {
    PluginHost& host = *worker_.shared().plugin_host;
    std::function<VariableReply()> work = [&host, command = std::move(command)] {
        return host.variables().run(command);
    };
    co_return co_await run_blocking(host.waiting(), std::move(work));
}

}  // namespace sluice::gateway
