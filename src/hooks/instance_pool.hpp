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
    /// Calls `cleanup` of the idle instances.
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
        Lease(InstancePool* pool, std::unique_ptr<HookInstance> instance) noexcept;
        void give_back() noexcept;
        InstancePool* pool_;
        std::unique_ptr<HookInstance> instance_;
    };

    /// Whether take() would exceed `options.instances_per_thread`: then wait for a lease to end.
    bool exhausted() const noexcept;
    /// An instance for one call whose input has at most `input_bytes`.
    /// Blocks: when a new instance has to be made, at most `options.init_timeout`.
    /// Errors: \throws Error when instantiation or `init` fails.
    Lease take(std::size_t input_bytes = 0);

    const HookPlugin& plugin() const noexcept;
    std::size_t in_use() const noexcept { return in_use_; }
    /// How many instances have been made: what recycling costs, and a proof that it happens.
    std::uint64_t made() const noexcept { return made_; }

  private:
    std::unique_ptr<HookInstance> make(std::size_t input_bytes);

    std::shared_ptr<const HookPlugin> plugin_;
    std::vector<std::unique_ptr<HookInstance>> idle_{};
    std::size_t in_use_ = 0;
    std::uint64_t made_ = 0;
};

}  // namespace sluice::hooks
