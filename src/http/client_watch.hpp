#pragma once

#include "http/asio_types.hpp"
#include "http/read_buffer.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace sluice::http {

/// Tells when a client goes away while somebody else works for it.
///
/// The wait that start() begins stays pending after stop() and serves the next read: use fill() of
/// this object, not that of stream_io.hpp, for every read on the socket. So watching costs next to
/// nothing. One a session.
/// Lifetime: the socket outlives it; `on_gone` is called on the session's thread, not after stop(),
/// and must not destroy the watch. Cancellation: `socket.cancel()` ends a fill() as any read.
class ClientWatch {
  public:
    explicit ClientWatch(Socket& socket);
    ~ClientWatch();
    ClientWatch(const ClientWatch&) = delete;
    ClientWatch& operator=(const ClientWatch&) = delete;

    /// Calls `on_gone` once when the client closes or resets. Bytes that come instead are the next
    /// request (pipelining): watching ends quietly, they wait in the socket.
    void start(std::function<void()> on_gone);
    void stop() noexcept;

    /// Whether the client has gone since start().
    bool gone() const noexcept;

    /// One read into `buffer`, as fill() of stream_io.hpp.
    /// Takes references: they belong to the awaiting frame.
    Task<error_code> fill(ReadBuffer& buffer, std::size_t least_room = 2048);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Lets a ClientWatch stand where a stream is read (read_body).
inline Task<error_code> fill(ClientWatch& watch, ReadBuffer& buffer,
                             std::size_t least_room = 2048) {
    return watch.fill(buffer, least_room);
}

}  // namespace sluice::http
