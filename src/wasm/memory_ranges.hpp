#pragma once

#include "wasm/handles.hpp"

/// Internal to the layer.
namespace sluice::wasm {

/// Makes the engine of `settings` take the addresses of guests' memories from ranges that are used
/// again. To reserve and to release four GiB of addresses takes the kernel longer than all else
/// that making an instance is.
///
/// The engine then copies a module's data into each instance; without this it maps data that is not
/// written to, which is better for modules with much of it.
void reuse_memory_ranges(wasm_config_t* settings);

}  // namespace sluice::wasm
