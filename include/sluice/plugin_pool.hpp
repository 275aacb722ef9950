#pragma once

#include <sluice/plugin.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

namespace sluice {

/// Plug-ins of one compiled plug-in, made when they are needed and used again: for servers whose
/// threads call one plug-in.
///
/// A plug-in that comes back poisoned is thrown away. What guests keep in their memory passes from
/// one user to the next, and so do variables and whatever was set on the Plugin: which one somebody
/// gets is not said.
/// Lifetime: a pool may die before its leases; their plug-ins then go with them.
/// Threads: any.
class PluginPool {
  public:
    /// A plug-in on loan. Gives it back when it dies.
    class Lease {
      public:
        Lease(Lease&&) noexcept;
        Lease& operator=(Lease&&) noexcept;
        ~Lease();
        Plugin& operator*() const noexcept { return *plugin_; }
        Plugin* operator->() const noexcept { return plugin_.get(); }

      private:
        friend class PluginPool;
        struct Shared;
        Lease(std::shared_ptr<Shared> pool, std::unique_ptr<Plugin> plugin);
        std::shared_ptr<Shared> pool_;
        std::unique_ptr<Plugin> plugin_;
    };

    /// `most` plug-ins exist at one time; at least 1.
    /// Errors: \throws Error invalid_input for 0.
    PluginPool(CompiledPlugin compiled, std::size_t most);
    ~PluginPool();
    PluginPool(const PluginPool&) = delete;
    PluginPool& operator=(const PluginPool&) = delete;

    /// A plug-in that is idle, or a new one where there are fewer than `most`.
    /// Blocks: until one comes back, first come, first served.
    /// Errors: as Plugin's constructor.
    Lease take();
    /// The same for at most so long; then nothing.
    std::optional<Lease> take_within(std::chrono::milliseconds wait);

    /// Plug-ins that wait to be taken, and all there are.
    std::size_t idle() const noexcept;
    std::size_t size() const noexcept;

  private:
    std::shared_ptr<Lease::Shared> shared_;
};

}  // namespace sluice
