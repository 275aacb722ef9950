#pragma once

#include "hooks/guest_exports.hpp"
#include "hooks/guest_host.hpp"
#include "hooks/hook_plugin.hpp"
#include "hooks/log_budget.hpp"
#include "hooks/plugin_usage.hpp"
#include "wasm/instance.hpp"

#include <atomic>
#include <string>

/// What the files of this layer know of a loaded plug-in. Internal to the layer.
namespace sluice::hooks {

/// How a guest hands out memory, found out by asking a fresh instance twice.
enum class Allocator : std::uint8_t {
    sound,      ///< 0 means out of memory
    from_zero,  ///< the first block lies at address 0
    counter,    ///< a number that grows by what is asked for, wherever that leads: see CounterArena
};

struct HookPlugin::State {
    State(HookPluginOptions chosen, wasm::Module compiled, wasm::InstancePre checked,
          GuestExports found)
        : options(std::move(chosen)),
          module(std::move(compiled)),
          pre(std::move(checked)),
          exports(std::move(found)),
          log_budget(options.log_lines_per_second) {}

    HookPluginOptions options;
    wasm::Module module;
    wasm::InstancePre pre;
    GuestExports exports;
    Allocator allocator = Allocator::sound;
    std::string actual_name{};
    std::size_t stack_bytes = 0;
    ConfigMembers config{};
    mutable LogBudget log_budget;
    mutable PluginUsage usage{};
    mutable std::atomic<ChunkForm> chunk_form{ChunkForm::unknown};
    /// Its malloc or free has once taken too long to be called without a fiber.
    mutable std::atomic<bool> slow_allocator{false};
};

}  // namespace sluice::hooks
