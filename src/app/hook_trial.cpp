#include "app/hook_trial.hpp"

#include "app/files.hpp"
#include "gateway/plugin_host.hpp"
#include "hooks/blocking_call.hpp"
#include "store/config.hpp"

#include <sluice/bytes.hpp>

#include <chrono>
#include <utility>

namespace sluice::app {
namespace {

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

}  // namespace

HookTrial::HookTrial(const std::filesystem::path& file, std::string config_json)
    : plugin_(hooks::HookPlugin::load(engine_, wasm::ImageCache(wasm::ImageCache::default_folder()),
                                      as_bytes(read_file(file)),
                                      options(file, std::move(config_json)))),
      pool_(plugin_) {}

std::string HookTrial::call(hooks::Phase phase, const gateway::Envelope& input) {
    return hooks::call_and_wait(pool_, phase, input.pieces(), input.ends());
}

}  // namespace sluice::app
