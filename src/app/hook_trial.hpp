#pragma once

#include "gateway/plugin_envelope.hpp"
#include "hooks/hook_plugin.hpp"
#include "hooks/instance_pool.hpp"
#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace sluice::app {

/// A gateway plug-in outside of a gateway, with the limits that it would have there by default; but
/// calls are bounded by processor time alone.
/// Threads: one.
class HookTrial {
  public:
    /// Blocks: compiles. Errors: \throws Error as HookPlugin::load() does: what the gateway would
    /// refuse at its start.
    HookTrial(const std::filesystem::path& file, std::string config_json);

    const hooks::HookPlugin& plugin() const noexcept { return *plugin_; }

    /// What a hook answers; empty when it has no opinion.
    /// Errors: \throws Error naming the hook and what it did, or the limit that it broke.
    std::string call(hooks::Phase phase, const gateway::Envelope& input);

    /// Of the largest instance so far.
    std::uint64_t memory_bytes() const noexcept { return plugin_->usage().memory_bytes.value(); }
    /// How many instances have been made.
    std::uint64_t instances() const noexcept { return pool_.made(); }

  private:
    wasm::Engine engine_;
    std::shared_ptr<const hooks::HookPlugin> plugin_;
    hooks::InstancePool pool_;
};

}  // namespace sluice::app
