#pragma once

#include "gateway/plugin_host.hpp"
#include "gateway/plugin_set.hpp"
#include "store/config.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// What a gateway needs to take up plug-ins while it runs.
struct PluginSource {
    /// Compiles and tries one, as load_plugin() does. Called on a thread that may block.
    std::function<LoadedPlugin(const store::PluginConfig&)> load{};
    /// Where changes are written to; empty: they last as long as the process.
    std::filesystem::path config_file{};
    /// What the plug-ins share; null: nothing but the hook ABI is offered to them.
    std::shared_ptr<PluginHost> host{};
};

/// What came of a change. Plain data: the management API turns it into answers.
struct PluginChange {
    int status = 200;        ///< as HTTP knows it
    std::string problem{};   ///< why nothing was changed; empty when it was
    LoadedPlugin plugin{};   ///< as it is now
    bool was_there = false;  ///< whether there was one of that name before
    bool saved = false;      ///< whether the configuration file has it too
};

/// The plug-ins of a running gateway and what changes them.
///
/// A change is tried first, then written to the configuration file, then shown to new requests: one
/// that fails leaves everything as it was, and requests in flight end with the plug-ins that they
/// began with.
/// Threads: any; changes come one after another.
class PluginRegistry {
  public:
    PluginRegistry(std::shared_ptr<const PluginSet> set, PluginSource source);
    PluginRegistry(const PluginRegistry&) = delete;
    PluginRegistry& operator=(const PluginRegistry&) = delete;

    /// What requests that begin now meet; never null.
    std::shared_ptr<const PluginSet> set() const;
    /// Another number once requests are to meet another set. Cheap: for every request.
    std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

    /// Adds the plug-in of a JSON entry as `plugins` of the configuration has them.
    /// Blocks: compiles and writes a file; never on an I/O thread. So do the others.
    /// Errors: \throws Error invalid_input for an entry that cannot be read.
    PluginChange create(std::string_view entry);
    /// Replaces members of an entry, and loads the file anew. Adds the plug-in if there is none.
    PluginChange update(std::string_view name, std::string_view changes);
    PluginChange remove(std::string_view name);

  private:
    using Plugins = std::vector<LoadedPlugin>;

    PluginChange put(const Plugins& now, store::PluginConfig config);
    /// What speaks against any change at all.
    std::optional<PluginChange> refuse_any(const Plugins& now) const;
    /// Writes the file, then publishes. A refusal when it cannot be written.
    std::optional<PluginChange> commit(const Plugins& before, Plugins after);
    void publish(Plugins plugins);
    void note_refusal(const Plugins& now, std::string_view name, const std::string& why);
    std::filesystem::path folder() const { return source_.config_file.parent_path(); }

    const PluginSource source_;
    std::mutex changing_{};
    mutable std::mutex set_mutex_{};
    std::shared_ptr<const PluginSet> set_;
    std::atomic<std::uint64_t> version_{1};
};

}  // namespace sluice::gateway
