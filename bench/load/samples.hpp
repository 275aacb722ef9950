#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::bench {

using Clock = std::chrono::steady_clock;

/// Durations, all of them kept: a histogram's buckets would round the tail that we want to compare.
class Samples {
  public:
    void add(std::chrono::nanoseconds duration);
    std::size_t count() const { return nanoseconds_.size(); }

    /// `{"count":…,"p50_us":…,"p99_us":…,"max_us":…}`
    std::string to_json();

  private:
    std::vector<std::uint32_t> nanoseconds_;  // 4 s at most, more is written as 4 s
};

}  // namespace sluice::bench
