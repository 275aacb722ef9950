#pragma once

#include "http/asio_types.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace sluice::http {

class Deadline;

/// One timer a thread that looks at every Deadline of it: no timer is armed for a request that goes
/// well. Whoever is late is marked expired and cancelled, at each tick anew until it is cleared.
///
/// Lifetime: outlives its Deadlines. Threads: all of it on the thread of its executor.
class Sweep {
  public:
    explicit Sweep(Executor executor, Clock::duration tick = std::chrono::milliseconds(250));
    ~Sweep();
    Sweep(const Sweep&) = delete;
    Sweep& operator=(const Sweep&) = delete;

    /// From now on; the pending tick keeps `io_context::run()` running until stop().
    void start();
    void stop() noexcept;

    /// Called at each tick with the time, after the deadlines: pools drop their aged links there,
    /// rows are handed over.
    void each_tick(std::function<void(Clock::time_point)> work);

    /// Looks at every deadline, as a tick does.
    void run(Clock::time_point now);

    /// The time to a few milliseconds, for 3 ns.
    static Clock::time_point now() noexcept;

  private:
    friend class Deadline;
    struct Timing;
    std::shared_ptr<Timing> timing_;
    std::vector<Deadline*> deadlines_;
    std::vector<std::function<void(Clock::time_point)>> works_;
};

/// A limit on whatever its owner awaits: a field that the sweep looks at.
///
/// One a session, set anew before each step; setting it costs nothing. When it is late the sweep
/// calls `cancel`, which cancels the owner's pending operations (`socket.cancel()`,
/// `link.cancel()`) and must not destroy anything; the owner wakes with `operation_aborted` and
/// finds expired(). The limit is kept to within a tick (250 ms), never early. Lifetime: not
/// movable; `cancel` may use what lives as long as the Deadline.
class Deadline {
  public:
    Deadline(Sweep& sweep, std::function<void()> cancel);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    void expire_at(Clock::time_point at) noexcept {
        at_ = at;
        expired_ = false;
    }
    void expire_in(Clock::duration limit) noexcept { expire_at(Sweep::now() + limit); }
    void clear() noexcept { expire_at(Clock::time_point::max()); }

    /// Whether the limit passed since it was set: the difference between "too slow" and
    /// "cancelled".
    bool expired() const noexcept { return expired_; }
    Clock::time_point at() const noexcept { return at_; }

  private:
    friend class Sweep;
    Sweep& sweep_;
    std::size_t index_;
    Clock::time_point at_ = Clock::time_point::max();
    bool expired_ = false;
    std::function<void()> cancel_;
};

}  // namespace sluice::http
