#pragma once

#include "gateway/plugin_http_codec.hpp"
#include "gateway/plugin_runtime.hpp"
#include "gateway/stream_window.hpp"
#include "hooks/hook_context.hpp"
#include "hooks/host_calls.hpp"

#include <boost/container/small_vector.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

/// What the phases of one request share. Internal to the plug-in chain.
namespace sluice::gateway {

struct RequestHooks::State {
    PluginRuntime::State& runtime;
    hooks::HookContext context;
    std::size_t reached;                  ///< post hooks run over so many plug-ins from the first
    std::vector<bool> sees{};             ///< by place in the order; empty: all see the request
    std::vector<PluginSlot*> versions{};  ///< likewise; empty: all plug-ins as they usually are
    bool stream_end_marked = false;

    /// What each plug-in has asked others for, by place in the order. Inside for a few of them:
    /// requests allocate nothing for it.
    boost::container::small_vector<hooks::HostCallCounts, 8> counts =
        boost::container::small_vector<hooks::HostCallCounts, 8>(runtime.slots.size());

    std::optional<StreamWindow> window{};  ///< there when a plug-in asks for it
    bool window_is_at_chunk = false;       ///< a post hook's turn has come before the chunk hook's

    /// As HTTP hooks see it, without and with credentials; empty until one does.
    std::array<ShownMessage, 2> request{};
    /// The same without a large body, for chunk hooks.
    std::array<std::string, 2> chunk_request{};

    std::size_t plugins() const noexcept { return runtime.slots.size(); }
    /// The plug-in in that place; null when it takes no part in the phase of this request.
    PluginSlot* at(std::size_t place, hooks::Phase phase) const noexcept {
        PluginSlot& slot = versions.empty() ? *runtime.slots[place] : *versions[place];
        return slot.takes_part(phase) && (sees.empty() || sees[place]) ? &slot : nullptr;
    }

    /// Tells the window of a chunk as the provider sent it; of an empty one where it says nothing.
    void advance_window(std::string_view chunk);
    /// The start of an envelope, up to its context: with the window, where the plug-in wants one.
    std::string opening(const PluginSlot& slot) const;

    const ShownMessage& shown(const PluginSlot& slot, const HttpRequestData& data);
    std::string_view shown_with_chunk(const PluginSlot& slot, const HttpRequestData& data);

    /// Reads a reply, reports what failed and takes the context over.
    ReadReply read(const PluginSlot& slot, hooks::Phase phase, const HookReply& reply);
    /// Of the plug-in in that place.
    http::Task<ReadReply> read_chunk(std::size_t place, const HttpRequestData& data,
                                     const std::string& chunk, HookReply& reply);
    void merge_context(const PluginSlot& slot, hooks::Phase phase, const ReadReply& read);
};

}  // namespace sluice::gateway
