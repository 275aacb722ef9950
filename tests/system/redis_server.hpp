#pragma once

#include "process.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::tests {

/// A real redis-server of the test's own, with nothing on disk; it ends with the object.
class RedisServer {
  public:
    /// Port 0 takes a free one. Errors: \throws std::runtime_error when none can be had.
    explicit RedisServer(std::string password = {}, std::uint16_t port = 0);

    std::uint16_t port() const { return port_; }
    /// `redis://:PASSWORD@127.0.0.1:PORT`
    std::string url() const;

  private:
    bool start();

    std::string password_;
    std::uint16_t port_;
    std::unique_ptr<Process> process_{};
};

}  // namespace sluice::tests
