#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace sluice::bench {

/// A file descriptor that is closed with its owner.
class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
    Descriptor& operator=(Descriptor&&) = delete;

    int number() const { return number_; }

  private:
    int number_;
};

/// Readiness of many sockets, edge-triggered. Each is known by an index of the caller's.
class Poller {
  public:
    Poller();
    void add(const Descriptor& socket, std::size_t index);
    /// Blocks until something is readable; calls `readable` with its index.
    void wait(const std::function<void(std::size_t)>& readable);

  private:
    Descriptor epoll_;
};

/// A connected, non-blocking socket without Nagle's delay to 127.0.0.1.
/// Errors: \throws std::system_error.
Descriptor connect_to(std::uint16_t port);

}  // namespace sluice::bench
