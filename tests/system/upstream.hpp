#pragma once

#include "process.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::tests {

/// The mock upstream as its own process (tests/upstream/behaviour.hpp lists what models ask of it).
class Upstream {
  public:
    explicit Upstream(std::uint16_t port = 0);

    std::uint16_t port() const { return port_; }
    std::string url() const;

    /// Opens a gate that a request with `gate=NAME` waits at.
    void open(std::string_view gate);
    /// The last request as it came: head and body.
    std::string last_request();
    /// Waits until a counter (`requests`, `answered`, `closed_early`, `connections`) is at least
    /// `count`; `open` until it has come down to `count`.
    void wait_for(std::string_view counter, std::uint64_t count);
    std::uint64_t counter(std::string_view name);
    /// Ends the process: from now on its port refuses.
    void stop();

  private:
    Process process_;
    std::uint16_t port_;
};

}  // namespace sluice::tests
