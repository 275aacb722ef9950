#pragma once

#include "base/uuid.hpp"
#include "capi/border.hpp"
#include "capi/cancel.hpp"

#include <sluice/plugin.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace sluice::capi {
class Turn;
}

/// A plug-in, with what C wants to read after a call.
///
/// Threads: `id` and `cancel_handle` any; the rest the one that has its Turn.
struct ExtismPlugin {
  public:
    /// Errors: \throws Error as Plugin.
    explicit ExtismPlugin(const sluice::CompiledPlugin& compiled);

    const sluice::Uuid id;
    ExtismCancelHandle cancel_handle{};

    /// Calls a function; what it left is in `error` and `output`.
    /// Returns: as extism_plugin_call, where the guest ran.
    /// Errors: \throws Error where it did not.
    std::int32_t call(std::string_view function, sluice::ByteView input, void* host_context);

    /// Errors: \throws Error invalid_input when `json` is no object of texts and nulls.
    void update_config(std::string_view json);

    /// Takes the error, and logs it.
    void fail(std::string_view text);

    /// Whether this thread has the turn: it is in a host function that the plug-in called.
    bool is_in_use_here() const noexcept { return user_ == std::this_thread::get_id(); }

    sluice::Plugin plugin;
    std::string error{};  ///< empty: none
    sluice::ByteView output{};

  private:
    friend class sluice::capi::Turn;
    /// As Plugin::try_call, with a fresh instance where the last one was cut short.
    sluice::CallResult run(std::string_view function, sluice::ByteView input,
                           const sluice::CallOptions& options);
    void log(std::string_view fault) const;

    std::mutex mutex_;                   // held by the Turn
    std::atomic<std::thread::id> user_;  // whose turn it is
};

namespace sluice::capi {

/// The right to use a plug-in, one thread's at a time.
class Turn {
  public:
    /// Blocks: until other threads are done.
    /// Errors: \throws Error invalid_input when this thread has the turn: a host function wants to
    ///     use the plug-in that called it.
    explicit Turn(ExtismPlugin& plugin);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    ExtismPlugin& plugin_;
    std::unique_lock<std::mutex> lock_;
};

/// Runs what an exported function does with a plug-in, in its turn. `otherwise` comes back for
/// NULL, and when `work` throws; the plug-in's error then says why.
template <class Result, class Work>
Result use(ExtismPlugin* plugin, Result otherwise, Work&& work) noexcept {
    if (plugin == nullptr) return otherwise;
    const auto report = [&](std::string_view fault) { plugin->fail(fault); };
    // In two steps, so that a report is made within the turn. Without one it is this thread's
    // already, further up: the report may be made all the same.
    return at_border(
        otherwise,
        [&] {
            const Turn turn(*plugin);
            return at_border(otherwise, [&] { return work(*plugin); }, report);
        },
        report);
}

}  // namespace sluice::capi
