#pragma once

#include "gateway/plugin_http_codec.hpp"
#include "gateway/plugin_runtime.hpp"
#include "hooks/hook_context.hpp"

/// What the phases of one request share. Internal to the plug-in chain.
namespace sluice::gateway {

struct RequestHooks::State {
    PluginRuntime::State& runtime;
    hooks::HookContext context;
    std::size_t reached;          ///< post hooks run over so many plug-ins from the first
    ShownMessage request{};       ///< as HTTP hooks see it; empty until one does
    std::string chunk_request{};  ///< the same without a large body, for chunk hooks
    bool stream_end_marked = false;

    std::vector<std::unique_ptr<PluginSlot>>& slots() noexcept { return runtime.slots; }

    /// Reads a reply, reports what failed and takes the context over.
    ReadReply read(const PluginSlot& slot, hooks::Phase phase, const HookReply& reply);
    http::Task<ReadReply> read_chunk(PluginSlot& slot, const std::string& chunk, HookReply& reply);
    Envelope chunk_envelope(std::string_view chunk) const;
    void merge_context(const PluginSlot& slot, hooks::Phase phase, const ReadReply& read);
};

}  // namespace sluice::gateway
