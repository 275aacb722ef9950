#pragma once

#include "load/poller.hpp"
#include "load/samples.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::bench {

/// One keep-alive connection with at most one request under way.
class Connection {
  public:
    explicit Connection(std::uint16_t port) : socket_(connect_to(port)) {}

    const Descriptor& socket() const { return socket_; }
    Clock::time_point sent_at() const { return sent_at_; }

    /// Starts a request. Errors: \throws std::runtime_error when it does not fit the socket.
    void send(std::string_view request);

    /// What one read brought.
    struct Piece {
        std::string_view body{};  ///< bytes behind the head, chunk framing included
        bool complete = false;    ///< the answer ends here
        bool gone = false;        ///< the server closed
    };
    /// One read; empty when nothing is there. Lifetime: until the next read.
    std::optional<Piece> read();

    int status() const { return status_; }

  private:
    /// Takes the head off the front of `bytes`; false while it is not complete.
    bool take_head(std::string_view& bytes);
    bool ends(std::string_view body);

    Descriptor socket_;
    Clock::time_point sent_at_{};
    std::string buffer_ = std::string(std::size_t{64} << 10, '\0');
    std::string head_;
    std::string tail_;  ///< the last bytes of a chunked body: its end may be cut by a read
    bool in_body_ = false;
    bool chunked_ = false;
    std::size_t left_ = 0;
    int status_ = 0;
};

}  // namespace sluice::bench
