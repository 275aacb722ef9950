#pragma once

#include "wasm/handles.hpp"

#include <sluice/bytes.hpp>

#include <memory>

/// Compiled code as bytes. Internal to the layer.
namespace sluice::wasm {

class Engine;

/// The module in `image`, which the engine runs as it is: whoever wrote it is trusted. Empty when
/// the engine refuses it, for another version, other settings or a CPU that lacks what it needs;
/// then `refused` says why.
ModuleHandle map_code(const Engine& engine, ByteView image, ErrorHandle& refused);

}  // namespace sluice::wasm
