#pragma once

#include "http/asio_types.hpp"
#include "http/read_buffer.hpp"

#include <cstddef>

namespace sluice::http {

/// Reads what is there, at least one byte; sets `error`. The one thing that a stream must offer
/// besides write_all(): Socket here, Link in link.hpp.
/// Takes references: they belong to the awaiting frame.
inline Task<std::size_t> read_some(Socket& socket, asio::mutable_buffer space, error_code& error) {
    return socket.async_read_some(space, asio::redirect_error(use_task, error));
}

/// Whether the peer has ended its side in an orderly way (or, over TLS, cut the line: then what
/// ends with the connection must not be believed).
bool is_end_of_stream(const error_code& error) noexcept;

/// One read into `buffer`, which grows within its limit. Empty: at least one byte came.
///
/// Takes references: they belong to the awaiting frame.
/// Errors: returned, `operation_aborted` when cancelled; \throws Error memory_limit by the buffer.
template <class Stream>
Task<error_code> fill(Stream& stream, ReadBuffer& buffer, std::size_t least_room = 2048) {
    buffer.make_room(least_room);
    error_code error;
    const std::size_t read = co_await read_some(stream, buffer.space(), error);
    buffer.commit(read);
    co_return read > 0 ? error_code() : error;
}

}  // namespace sluice::http
