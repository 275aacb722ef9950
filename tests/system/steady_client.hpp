#pragma once

#include "gateway.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace sluice::tests {

/// A client that asks without a pause, plain and streaming in turn, over one connection, from its
/// making until stop().
class SteadyClient {
  public:
    /// Every answer has to be whole, with status 200, and to contain `mark`.
    SteadyClient(const Gateway& gateway, std::string mark);
    ~SteadyClient() { stop(); }
    SteadyClient(const SteadyClient&) = delete;
    SteadyClient& operator=(const SteadyClient&) = delete;

    /// Once there was at least one answer.
    void stop();
    int answers() const { return answers_; }
    /// Read after stop().
    const std::vector<std::string>& failures() const { return failures_; }

  private:
    void run(std::uint16_t port);

    const std::string mark_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> answers_{0};
    std::vector<std::string> failures_;
    std::thread thread_;
};

}  // namespace sluice::tests
