#pragma once

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the programs that time plug-ins share: rounds, their median and 99th percentile, and how
/// they are told.
namespace sluice::bench {

/// Runs of one round, the same for every peer: what takes nanoseconds is timed in batches, as the
/// clock itself costs time.
struct Batch {
    static constexpr std::size_t nothing = 100;
    static constexpr std::size_t bytes_64 = 100;
    static constexpr std::size_t kib_1 = 50;
    static constexpr std::size_t kib_64 = 1;
    static constexpr std::size_t creation = 1;
};

/// Nanoseconds of one run.
struct Figures {
    std::string name;
    double median_ns = 0;
    double p99_ns = 0;
};

/// Rounds of `batch` runs each, for `time` and at least five times.
inline Figures measure(std::string name, std::size_t batch, std::chrono::milliseconds time,
                       const std::function<void()>& work) {
    using Clock = std::chrono::steady_clock;
    for (std::size_t i = 0; i < batch; ++i) work();
    std::vector<double> rounds;
    const auto end = Clock::now() + time;
    while (Clock::now() < end || rounds.size() < 5) {
        const auto begin = Clock::now();
        for (std::size_t i = 0; i < batch; ++i) work();
        const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
        rounds.push_back(taken.count() / static_cast<double>(batch));
    }
    std::ranges::sort(rounds);
    return {std::move(name), rounds[rounds.size() / 2], rounds[rounds.size() * 99 / 100]};
}

/// Of this process, in MB.
inline double resident_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

/// Collects figures, and tells each on standard error as soon as it is there.
class Bench {
  public:
    /// `only`: the one case to run, for a look with a profiler; empty for all.
    explicit Bench(std::chrono::milliseconds time, std::string only = {})
        : time_(time), only_(std::move(only)) {}

    void add(std::string name, std::size_t batch, const std::function<void()>& work) {
        if (!wants(name)) return;
        figures_.push_back(measure(std::move(name), batch, time_, work));
        const Figures& last = figures_.back();
        std::cerr << fmt::format("{:<34} {:>12.1f} ns   p99 {:>12.1f} ns\n", last.name,
                                 last.median_ns, last.p99_ns);
    }
    bool wants(std::string_view name) const noexcept { return only_.empty() || name == only_; }
    void tell(std::string name, double value) {
        std::cerr << fmt::format("{:<34} {:>12.2f}\n", name, value);
        told_.emplace_back(std::move(name), value);
    }
    std::string json() const {
        boost::json::object object;
        for (const Figures& each : figures_)
            object[each.name] = {{"median_ns", each.median_ns}, {"p99_ns", each.p99_ns}};
        for (const auto& [name, value] : told_) object[name] = value;
        return boost::json::serialize(object);
    }

  private:
    std::chrono::milliseconds time_;
    std::string only_;
    std::vector<Figures> figures_{};
    std::vector<std::pair<std::string, double>> told_{};
};

}  // namespace sluice::bench
