#include "http/listener.hpp"

#include "http/stream_io.hpp"
#include "http/write.hpp"

#include "expect_error.hpp"
#include "http_run.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <array>
#include <numeric>
#include <optional>
#include <string>

namespace sluice::http {
namespace {

TEST(Listener, TakesAFreePortForPortZero) {
    asio::io_context context(1);
    const Acceptor acceptor = listen(context.get_executor(), "127.0.0.1", 0);
    EXPECT_NE(local_port(acceptor), 0);
}

TEST(Listener, SharesOnePortBetweenThreadsAndSpreadsConnections) {
    std::array<asio::io_context, 3> contexts;
    std::vector<Executor> executors;
    for (auto& context : contexts) executors.push_back(context.get_executor());
    std::vector<Acceptor> acceptors = listen(executors, "127.0.0.1", 0);
    ASSERT_EQ(acceptors.size(), 3u);
    const auto port = local_port(acceptors[0]);
    for (const Acceptor& acceptor : acceptors) EXPECT_EQ(local_port(acceptor), port);

    std::vector<Socket> clients;
    for (int at = 0; at < 90; ++at) {
        clients.emplace_back(contexts[0]);
        clients.back().connect(acceptors[0].local_endpoint());
    }
    std::array<std::size_t, 3> accepted{};
    const auto accept_all = [&] {
        for (std::size_t at = 0; at < acceptors.size(); ++at) {
            for (error_code error;; ++accepted[at]) {
                const Socket socket = acceptors[at].accept(error);
                if (error) break;
            }
        }
        return std::accumulate(accepted.begin(), accepted.end(), std::size_t{0}) == 90;
    };
    tests::run_until(contexts[0], accept_all);
    for (const std::size_t here : accepted)
        EXPECT_GT(here, 5u) << "the kernel spreads by a hash of the connection";
}

TEST(Listener, NamesHostAndPortWhenTheAddressIsInUse) {
    asio::io_context context(1);
    const Acceptor first = listen(context.get_executor(), "127.0.0.1", 0);
    const std::string where = "127.0.0.1:" + std::to_string(local_port(first));
    EXPECT_ERROR_SAYING(
        listen(context.get_executor(), "127.0.0.1", local_port(first)), ErrorCode::unavailable,
        "cannot listen on " + where + ": address already in use; another program listens there");
}

TEST(Listener, MayTakeAPortAgainOnceItIsFree) {
    asio::io_context context(1);
    std::uint16_t port = 0;
    {
        const Acceptor first = listen(context.get_executor(), "127.0.0.1", 0);
        port = local_port(first);
        Socket client(context);
        client.connect(first.local_endpoint());
    }
    EXPECT_NO_THROW(listen(context.get_executor(), "127.0.0.1", port));
}

TEST(Listener, RefusesAHostThatIsNotOurs) {
    asio::io_context context(1);
    EXPECT_ERROR_SAYING(listen(context.get_executor(), "192.0.2.1", 80), ErrorCode::unavailable,
                        testing::StartsWith("cannot listen on 192.0.2.1:80: "));
    EXPECT_ERROR_SAYING(listen(context.get_executor(), "no such host", 80), ErrorCode::unavailable,
                        "cannot listen on no such host:80: host not found");
}

TEST(Listener, ListensOnAName) {
    asio::io_context context(1);
    const Acceptor acceptor = listen(context.get_executor(), "localhost", 0);
    EXPECT_TRUE(acceptor.local_endpoint().address().is_loopback());
}

/// co_spawn wants results that can be made empty; sockets cannot.
Task<std::optional<Socket>> accepted(Acceptor& acceptor, error_code& error) {
    co_return co_await accept(acceptor, error);
}

TEST(Accept, GivesASocketThatDoesNotBlock) {
    asio::io_context context(1);
    Acceptor acceptor = listen(context.get_executor(), "127.0.0.1", 0);
    Socket client(context);
    client.connect(acceptor.local_endpoint());
    error_code error;
    const auto socket = tests::run(context, accepted(acceptor, error));
    EXPECT_FALSE(error);
    EXPECT_TRUE(socket->non_blocking());
    asio::ip::tcp::no_delay no_delay;
    socket->get_option(no_delay);
    EXPECT_TRUE(no_delay.value());
}

TEST(Accept, EndsWhenTheAcceptorCloses) {
    asio::io_context context(1);
    Acceptor acceptor = listen(context.get_executor(), "127.0.0.1", 0);
    error_code error;
    tests::run(context, accepted(acceptor, error), [&] { acceptor.close(); });
    EXPECT_EQ(error, asio::error::operation_aborted);
}

TEST(CloseGently, LetsAnAnswerArriveAlthoughTheClientIsStillSending) {
    asio::io_context context(1);
    tests::SocketPair sockets(context);
    tests::send(sockets.near, std::string(100'000, 'x'));
    tests::send(sockets.far, "HTTP/1.1 413");
    bool has_closed = false;
    asio::co_spawn(context, close_gently(sockets.far),
                   [&](const std::exception_ptr&) { has_closed = true; });
    tests::run_ready(context);
    EXPECT_EQ(tests::receive(sockets.near, 12), "HTTP/1.1 413");
    EXPECT_FALSE(has_closed);
    sockets.near.close();
    tests::run_until(context, [&] { return has_closed; });
}

TEST(CloseGently, DoesNotReadForEver) {
    asio::io_context context(1);
    tests::SocketPair sockets(context);
    tests::send(sockets.near, std::string(100'000, 'x'));
    tests::run(context, close_gently(sockets.far, 10'000));
    EXPECT_FALSE(sockets.far.is_open());
}

}  // namespace
}  // namespace sluice::http
