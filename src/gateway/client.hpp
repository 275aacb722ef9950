#pragma once

#include "http/asio_types.hpp"
#include "http/client_watch.hpp"
#include "http/link.hpp"
#include "http/read_buffer.hpp"
#include "http/sweep.hpp"
#include "http/write.hpp"

#include <cstddef>
#include <functional>

namespace sluice::gateway {

/// The client's end of a session: its socket, the bytes read ahead, and the one limit on whatever
/// the session awaits, be it the client, an upstream or a timer.
///
/// Threads: those of its session. Lifetime: the sweep outlives it.
class Client {
  public:
    Client(http::Socket socket, http::Sweep& sweep, std::size_t max_bytes);

    http::Socket& socket() noexcept { return socket_; }
    http::ClientWatch& watch() noexcept { return watch_; }
    http::ReadBuffer& buffer() noexcept { return buffer_; }
    http::Deadline& deadline() noexcept { return deadline_; }

    /// Writes all of it.
    /// Errors: \throws boost::system::system_error operation_aborted when the client cannot be
    ///     written to: nobody reads any more, so there is nothing to answer.
    http::Task<void> write(http::Gather slices);
    /// The same for what goes out without waiting, the usual case; `slices` keeps the rest.
    void write_now(http::Gather& slices);

    /// What the deadline cancels besides the client's own reads and writes. Null: nothing.
    /// Lifetime: take it back before the link or timer dies; Awaited does.
    void awaits(http::Link* link) noexcept { link_ = link; }
    void awaits(http::Timer* timer) noexcept { timer_ = timer; }

  private:
    void cancel() noexcept;

    http::Socket socket_;
    http::ClientWatch watch_;
    http::ReadBuffer buffer_;
    http::Link* link_ = nullptr;
    http::Timer* timer_ = nullptr;
    http::Deadline deadline_;
};

/// Ends what the deadline cancels with the frame that awaits it.
template <class Thing>
class Awaited {
  public:
    Awaited(Client& client, Thing& thing) noexcept : client_(client) { client_.awaits(&thing); }
    ~Awaited() { client_.awaits(static_cast<Thing*>(nullptr)); }
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;

  private:
    Client& client_;
};

/// Thrown through a session that has nobody to answer.
[[noreturn]] void throw_cancelled();

}  // namespace sluice::gateway
