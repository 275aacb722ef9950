#pragma once

#include "http/asio_types.hpp"
#include "http/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>

#include <poll.h>

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace sluice::tests {

/// Runs the context until `work` has ended; what it throws is thrown here. `meanwhile` is called
/// when `work` has gone as far as it can by itself.
template <class T>
T run(http::asio::io_context& context, http::Task<T> work,
      const std::function<void()>& meanwhile = nullptr) {
    std::exception_ptr failure;
    bool is_done = false;
    const auto wait = [&] {
        context.restart();
        if (meanwhile) {
            context.poll();
            meanwhile();
            context.restart();
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!is_done && std::chrono::steady_clock::now() < end) context.run_one_until(end);
        if (!is_done) throw std::runtime_error("the coroutine under test hangs");
        if (failure) std::rethrow_exception(failure);
    };
    if constexpr (std::is_void_v<T>) {
        http::asio::co_spawn(context, std::move(work), [&](std::exception_ptr fault) {
            failure = fault;
            is_done = true;
        });
        wait();
    } else {
        std::optional<T> result;
        http::asio::co_spawn(context, std::move(work), [&](std::exception_ptr fault, T value) {
            failure = fault;
            if (!fault) result = std::move(value);
            is_done = true;
        });
        wait();
        return std::move(*result);
    }
}

/// Runs what is ready now, and nothing that has to be waited for.
inline void run_ready(http::asio::io_context& context) {
    context.restart();
    context.poll();
}

/// Runs the context until `is_so`: what was sent over the loopback may take a moment to arrive.
inline void run_until(http::asio::io_context& context, const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("what the test waits for does not come");
        context.restart();
        context.run_one_for(std::chrono::milliseconds(1));
    }
}

/// Both ends of a connection over the loopback, ready for write_all().
struct SocketPair {
    explicit SocketPair(http::asio::io_context& context)
        : near(context.get_executor()), far(context.get_executor()) {
        http::Acceptor acceptor = http::listen(context.get_executor(), "127.0.0.1", 0);
        near.connect(acceptor.local_endpoint());
        acceptor.non_blocking(false);
        acceptor.accept(far);
        http::error_code error;
        http::prepare(near, error);
        http::prepare(far, error);
    }

    http::Socket near;
    http::Socket far;
};

/// Sends from a test, where a full socket would be a mistake of the test.
inline void send(http::Socket& socket, std::string_view bytes) {
    const std::size_t sent = socket.write_some(http::asio::buffer(bytes.data(), bytes.size()));
    if (sent != bytes.size()) throw std::runtime_error("the socket is full");
}

/// Runs the context until something has come on `socket`, or its end.
inline void run_until_readable(http::asio::io_context& context, http::Socket& socket) {
    run(context, socket.async_wait(http::Socket::wait_read, http::use_task));
}

/// What has come up to now; waits for at least `least` bytes.
inline std::string receive(http::Socket& socket, std::size_t least) {
    std::string bytes;
    char piece[65536];
    while (bytes.size() < least) {
        // Not socket.wait(), which does not wait on a non-blocking socket.
        pollfd readable{.fd = socket.native_handle(), .events = POLLIN, .revents = 0};
        if (::poll(&readable, 1, 30'000) != 1) throw std::runtime_error("nothing comes");
        const std::size_t here = socket.read_some(http::asio::buffer(piece));
        bytes.append(piece, here);
    }
    return bytes;
}

}  // namespace sluice::tests
