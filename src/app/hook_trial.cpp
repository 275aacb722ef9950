#include "app/hook_trial.hpp"

#include "app/files.hpp"
#include "gateway/plugin_host.hpp"
#include "hooks/hook_call.hpp"
#include "hooks/limits.hpp"
#include "store/config.hpp"

#include <sluice/bytes.hpp>
#include <sluice/error.hpp>

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

namespace sluice::app {
namespace {

using Progress = wasm::FiberCall::Progress;

/// What a call may take on the wall's clock. A compiler beside us must not fail a plug-in.
constexpr std::chrono::seconds busy_machine{10};

hooks::HookPluginOptions options(const std::filesystem::path& file, std::string config_json) {
    const store::PluginLimits limits;
    return {.name = file.stem().string(),
            .config_json = std::move(config_json),
            .call_timeout = busy_machine,
            .cpu_timeout = limits.cpu,
            .init_timeout = busy_machine,
            .memory_bytes = limits.memory_bytes,
            .recycle_bytes = limits.recycle_bytes,
            .output_bytes = limits.output_bytes,
            .access = {.variable_bytes = limits.variable_bytes,
                       .http_calls = limits.http_calls,
                       .llm_calls = limits.llm_calls},
            .services = gateway::PluginHost::services(gateway::make_plugin_host())};
}

[[noreturn]] void throw_with_limit(const Error& error, hooks::Limit limit,
                                   const hooks::HookPlugin& plugin) {
    if (limit == hooks::Limit::none) throw Error(error.code(), error.what());
    throw Error(error.code(),
                fmt::format("{} ({})", error.what(), hooks::in_words(plugin.options(), limit)));
}

}  // namespace

HookTrial::HookTrial(const std::filesystem::path& file, std::string config_json)
    : plugin_(hooks::HookPlugin::load(engine_, wasm::ImageCache(wasm::ImageCache::default_folder()),
                                      as_bytes(read_file(file)),
                                      options(file, std::move(config_json)))),
      pool_(plugin_) {}

std::string HookTrial::call(hooks::Phase phase, const gateway::Envelope& input) {
    for (int attempt = 0;; ++attempt) {
        const auto lease = pool_.take(input.bytes());
        hooks::HookCall call(*lease, phase, input.pieces(), input.ends());
        try {
            for (Progress progress = call.resume(); progress != Progress::done;
                 progress = call.resume()) {
                if (call.host_task() != nullptr)
                    call.give(hooks::HostReply::failure(
                        "no requests are sent and no models asked outside of a gateway"));
                else if (progress != Progress::yielded)
                    std::this_thread::sleep_until(call.wake_at());
            }
            return call.take_answer();
        } catch (const Error& error) {
            // A guest that never frees gets a fresh instance, as in the gateway.
            if (!call.may_retry() || attempt > 0) throw_with_limit(error, call.broken(), *plugin_);
        }
    }
}

}  // namespace sluice::app
