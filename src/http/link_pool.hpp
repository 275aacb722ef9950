#pragma once

#include "http/link.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::http {

struct LinkPoolLimits {
    std::size_t idle_links = 256;
    Clock::duration idle_age = std::chrono::seconds(60);
};

/// Idle links of one thread to one target, newest first. Fresh ones are made by connect().
///
/// Threads: one. Lifetime: links that were taken may outlive the pool.
class LinkPool {
  public:
    explicit LinkPool(Target target, LinkPoolLimits limits = {});

    const Target& target() const noexcept { return target_; }

    /// An idle link that is proven quiet, or none. Dead ones are thrown away.
    std::unique_ptr<Link> take();

    /// Back after an answer that was read to its end. Links with bytes left over, closed ones, and
    /// those above the bound are closed.
    void give(std::unique_ptr<Link> link);

    /// Closes what has been idle too long; for Sweep::each_tick().
    void drop_aged(Clock::time_point now);
    void clear() noexcept { idle_.clear(); }

    std::size_t idle() const noexcept { return idle_.size(); }
    /// How many were closed by the bound on idle links.
    std::uint64_t dropped() const noexcept { return dropped_; }

  private:
    Target target_;
    LinkPoolLimits limits_;
    std::vector<std::unique_ptr<Link>> idle_;  ///< oldest first
    std::uint64_t dropped_ = 0;
};

}  // namespace sluice::http
