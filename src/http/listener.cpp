#include "http/listener.hpp"

#include "http/url.hpp"

#include <sluice/error.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace sluice::http {
namespace {

using Endpoint = asio::ip::tcp::endpoint;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

[[noreturn]] void refuse(std::string_view host, std::uint16_t port, const std::string& cause) {
    const BaseUrl where{.host = std::string(host), .port = port};
    throw Error(ErrorCode::unavailable, "cannot listen on " + where.endpoint() + ": " + cause);
}

std::string cause_of(const error_code& fault) {
    if (fault == asio::error::address_in_use)
        return "address already in use; another program listens there";
    if (fault == asio::error::access_denied)
        return "permission denied; ports under 1024 need a privilege";
    return fault.message();
}

Endpoint endpoint_of(const Executor& executor, std::string_view host, std::uint16_t port) {
    error_code fault;
    const auto address = asio::ip::make_address(std::string(host), fault);
    if (!fault) return {address, port};
    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(executor);
    const auto found = resolver.resolve(std::string(host), std::to_string(port), fault);
    if (fault || found.empty()) refuse(host, port, "host not found");
    return found.begin()->endpoint();
}

/// The first of an address is bound without sharing, so that a port of another program is refused
/// even if that program shares it; once bound it shares with the ones that follow.
enum class Turn { first, further };

Acceptor bound(const Executor& executor, const Endpoint& endpoint, Turn turn, error_code& fault) {
    Acceptor acceptor(executor);
    acceptor.open(endpoint.protocol(), fault);
    if (!fault) acceptor.set_option(asio::socket_base::reuse_address(true), fault);
    if (!fault && turn == Turn::further) acceptor.set_option(ReusePort(true), fault);
    if (!fault) acceptor.bind(endpoint, fault);
    if (!fault && turn == Turn::first) acceptor.set_option(ReusePort(true), fault);
    return acceptor;
}

}  // namespace

std::vector<Acceptor> listen(std::span<const Executor> executors, std::string_view host,
                             std::uint16_t port) {
    std::vector<Acceptor> acceptors;
    if (executors.empty()) return acceptors;
    Endpoint endpoint = endpoint_of(executors.front(), host, port);
    error_code fault;
    // All are bound before one listens: an address that listens can only be joined by sharers.
    for (const Executor& executor : executors) {
        const Turn turn = acceptors.empty() ? Turn::first : Turn::further;
        acceptors.push_back(bound(executor, endpoint, turn, fault));
        if (!fault) endpoint = acceptors.back().local_endpoint(fault);
        if (fault) refuse(host, port, cause_of(fault));
    }
    for (Acceptor& acceptor : acceptors) {
        acceptor.listen(asio::socket_base::max_listen_connections, fault);
        if (!fault) acceptor.non_blocking(true, fault);
        if (fault) refuse(host, port, cause_of(fault));
    }
    return acceptors;
}

Acceptor listen(const Executor& executor, std::string_view host, std::uint16_t port) {
    return std::move(listen(std::span(&executor, 1), host, port).front());
}

std::uint16_t local_port(const Acceptor& acceptor) {
    return acceptor.local_endpoint().port();
}

void prepare(Socket& socket, error_code& error) noexcept {
    socket.non_blocking(true, error);
    if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
}

Task<Socket> accept(Acceptor& acceptor, error_code& error) {
    Socket socket = co_await acceptor.async_accept(asio::redirect_error(use_task, error));
    if (!error) prepare(socket, error);
    co_return socket;
}

bool is_out_of_descriptors(const error_code& error) noexcept {
    return error == boost::system::errc::too_many_files_open ||
           error == boost::system::errc::too_many_files_open_in_system ||
           error == boost::system::errc::no_buffer_space ||
           error == boost::system::errc::not_enough_memory;
}

Task<void> close_gently(Socket& socket, std::size_t linger_bytes) {
    error_code error;
    socket.shutdown(Socket::shutdown_send, error);
    std::array<char, 4096> scrap;
    for (std::size_t seen = 0; !error && seen < linger_bytes;) {
        seen += co_await socket.async_read_some(asio::buffer(scrap),
                                                asio::redirect_error(use_task, error));
    }
    socket.close(error);
}

}  // namespace sluice::http
