#pragma once

#include "plugin/runtime_state.hpp"
#include "wasm/instance.hpp"

#include <sluice/plugin.hpp>

namespace sluice {

struct CompiledPlugin::State {
    Runtime runtime;  // first: its engine's clock stops the guests of all below
    Manifest manifest;
    PluginOptions options;
    wasm::InstancePre pre;
    bool imports_kernel = false;
};

}  // namespace sluice
