#pragma once

#include "hooks/instance_pool.hpp"
#include "http/asio_types.hpp"

#include <chrono>
#include <cstddef>
#include <list>

namespace sluice::gateway {

/// Calls of one plug-in on one thread that wait until one of its instances is free, first come,
/// first served. Bounded in number and time.
///
/// Lifetime: outlives the calls. Threads: one.
class PluginLine {
  public:
    static constexpr std::chrono::seconds longest_wait{30};

    /// Of the plug-in's limits, `waiting_calls` bounds the line.
    explicit PluginLine(const hooks::InstancePool& pool) : pool_(pool) {}
    PluginLine(const PluginLine&) = delete;
    PluginLine& operator=(const PluginLine&) = delete;

    /// Whether a call may go on at once.
    bool open() const noexcept { return waiting_.empty() && !pool_.exhausted(); }

    /// Waits for its turn; take an instance right after. False when the line is full or the wait
    /// was too long.
    http::Task<bool> wait(http::Executor executor);

    /// After an instance came back: the first in line goes on.
    void go_on() noexcept;

    std::size_t waiting() const noexcept { return waiting_.size(); }

  private:
    class Place;

    const hooks::InstancePool& pool_;
    std::list<http::Timer*> waiting_{};
};

/// Lets the line go on when a call ends, however it ends. Declare it before the lease.
class LineTurn {
  public:
    explicit LineTurn(PluginLine& line) : line_(line) {}
    ~LineTurn() { line_.go_on(); }
    LineTurn(const LineTurn&) = delete;
    LineTurn& operator=(const LineTurn&) = delete;

  private:
    PluginLine& line_;
};

}  // namespace sluice::gateway
