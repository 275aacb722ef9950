#pragma once

#include "app/replay_run.hpp"
#include "app/terminal.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::app {

/// What a plug-in did to all requests that were replayed.
class ReplayReport {
  public:
    /// Of the requests that it did something to, the first `most_shown` are kept with all places.
    explicit ReplayReport(std::size_t most_shown) : most_shown_(most_shown) {}

    void add(const store::Recorded& request, Replayed replayed);
    /// A request whose body is not there.
    void add_too_large() { ++too_large_; }

    /// Calls of hooks that failed.
    std::uint64_t failures() const noexcept;
    /// For people: a table, remarks, and what was kept.
    std::string text(const Paint& paint, const hooks::HookPlugin& plugin) const;
    /// For machines: one object.
    std::string json(const hooks::HookPlugin& plugin) const;

  private:
    struct Hook {
        std::array<std::uint64_t, 4> results{};  ///< by ReplayStep::Result
        std::uint64_t calls = 0;
        std::chrono::nanoseconds spent{};
        std::chrono::nanoseconds longest{};
    };
    struct Shown {
        store::Recorded request{};  ///< without its bodies
        Replayed replayed{};        ///< without the steps that changed nothing
    };
    void add(const ReplayStep& step);
    std::string remarks() const;

    std::size_t most_shown_;
    std::array<Hook, hooks::all_phases.size()> hooks_{};
    std::vector<Shown> shown_{};
    std::uint64_t requests_ = 0;
    std::uint64_t touched_ = 0;  ///< requests that some hook did something to
    std::uint64_t too_large_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t unanswered_ = 0;
    std::uint64_t answers_too_large_ = 0;
};

}  // namespace sluice::app
