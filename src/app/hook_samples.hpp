#pragma once

#include "gateway/plugin_envelope.hpp"
#include "hooks/hook_plugin.hpp"

namespace sluice::app {

/// How a chunk hook is shown the chunk.
enum class ChunkShape { object, base64 };

/// The input of a hook for a small chat with an answer, as the gateway would write it for this
/// plug-in. Views of static texts.
gateway::Envelope sample_input(const hooks::HookPlugin& plugin, hooks::Phase phase,
                               ChunkShape chunk = ChunkShape::object);

}  // namespace sluice::app
