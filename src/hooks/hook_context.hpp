#pragma once

#include "base/json_slices.hpp"

#include <string>
#include <string_view>

namespace sluice::hooks {

/// The notes that the plug-ins of one request share: a flat JSON object, never null.
///
/// Threads: one. Source: the facts page of the gateway, 3.5.
class HookContext {
  public:
    static constexpr std::size_t max_bytes = 1 << 20;

    explicit HookContext(std::string_view request_id);

    std::string_view json() const noexcept { return json_; }

    /// Takes over what a plug-in returned, key by key; keys that it left out stay, and so do the
    /// reserved ones. `returned` may be absent, null or empty: no change. `scratch` is overwritten.
    /// False when the context would pass max_bytes: then nothing was taken over.
    bool merge(JsonSlice returned, JsonDocument& scratch);

    /// Sets a key of the gateway's own, which plug-ins can read and not change.
    void set(std::string_view key, std::string_view json_value, JsonDocument& scratch);

  private:
    std::string json_;
};

/// Whether only the gateway may write `key`: request_id, stream_end, and the names that begin with
/// `bifrost-`, `x-bf-` or `governance-`.
bool is_reserved_key(std::string_view key);

}  // namespace sluice::hooks
