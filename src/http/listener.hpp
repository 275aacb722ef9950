#pragma once

#include "http/asio_types.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

/// One acceptor for each executor, all on the same address and port (SO_REUSEPORT): the kernel
/// spreads connections over the threads.
///
/// `host` is an address or a name such as `localhost`; port 0 takes a free one: local_port().
/// Blocks: resolves a name; for start-up only.
/// Errors: \throws Error unavailable "cannot listen on HOST:PORT: address already in use", …
std::vector<Acceptor> listen(std::span<const Executor> executors, std::string_view host,
                             std::uint16_t port);
Acceptor listen(const Executor& executor, std::string_view host, std::uint16_t port);

std::uint16_t local_port(const Acceptor& acceptor);

/// The next connection, ready for write_all(): non-blocking, without Nagle's delay. Sets `error`;
/// `is_out_of_descriptors` tells when waiting a little is the only answer.
/// Takes references: they belong to the awaiting frame.
Task<Socket> accept(Acceptor& acceptor, error_code& error);
bool is_out_of_descriptors(const error_code& error) noexcept;

/// Makes a socket non-blocking and switches Nagle's delay off.
void prepare(Socket& socket, error_code& error) noexcept;

/// Closes without losing what was just written: ends our side, then throws away what the peer still
/// sends (at most for `linger_bytes`) until it closes. Without it an early answer (413, 400) to a
/// client that is still sending is lost in a reset. The caller's deadline bounds it.
/// Takes a reference: it belongs to the awaiting frame.
Task<void> close_gently(Socket& socket, std::size_t linger_bytes = 1 << 20);

}  // namespace sluice::http
