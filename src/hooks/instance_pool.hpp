#pragma once

#include "hooks/hook_plugin.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace sluice::hooks {

class HookInstance;  // a guest after `_initialize`, allocator probe, `get_name` and `init`

/// The instances of one plug-in on one thread: handed out, taken back, recycled.
///
/// Instances that trapped, timed out, were cancelled or whose memory passed
/// `options.recycle_bytes` are dropped and replaced, never reused.
/// Lifetime: outlives its leases. Threads: one.
class InstancePool {
  public:
    explicit InstancePool(std::shared_ptr<const HookPlugin> plugin);
    ~InstancePool();
    InstancePool(const InstancePool&) = delete;
    InstancePool& operator=(const InstancePool&) = delete;

    /// An instance in use. Given back when it dies; dropped instead after a fault.
    class Lease {
      public:
        Lease(Lease&&) noexcept;
        Lease& operator=(Lease&&) noexcept;
        ~Lease();
        HookInstance& operator*() const noexcept;

      private:
        friend class InstancePool;
        Lease(InstancePool* pool, std::unique_ptr<HookInstance> instance);
        InstancePool* pool_;
        std::unique_ptr<HookInstance> instance_;
    };

    /// Whether take() would exceed `options.instances_per_thread`: then wait for a lease to end.
    bool exhausted() const noexcept;
    /// Blocks: when a new instance has to be made, at most `options.init_timeout`.
    /// Errors: \throws Error when instantiation or `init` fails.
    Lease take();

    const HookPlugin& plugin() const noexcept;

  private:
    std::shared_ptr<const HookPlugin> plugin_;
    std::vector<std::unique_ptr<HookInstance>> idle_;
    std::size_t in_use_ = 0;
};

}  // namespace sluice::hooks
