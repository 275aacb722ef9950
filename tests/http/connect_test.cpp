#include "http/connect.hpp"

#include "expect_error.hpp"
#include "http_run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <sys/socket.h>

#include <string>
#include <vector>

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

TEST(Connect, ReachesAnAddress) {
    asio::io_context context(1);
    const Acceptor acceptor = listen(context.get_executor(), "127.0.0.1", 0);
    const auto link =
        tests::run(context, connect({.host = "127.0.0.1", .port = local_port(acceptor)}, 10s));
    EXPECT_TRUE(link->socket().non_blocking());
    EXPECT_EQ(link->served, 0u);
}

TEST(Connect, ReachesAName) {
    asio::io_context context(1);
    const Acceptor acceptor = listen(context.get_executor(), "127.0.0.1", 0);
    // `localhost` may be ::1 first, where nobody listens: the next address is tried.
    EXPECT_NE(
        tests::run(context, connect({.host = "localhost", .port = local_port(acceptor)}, 10s)),
        nullptr);
}

TEST(Connect, SaysThatNobodyListens) {
    asio::io_context context(1);
    std::uint16_t port = 0;
    {
        const Acceptor acceptor = listen(context.get_executor(), "127.0.0.1", 0);
        port = local_port(acceptor);
    }
    EXPECT_ERROR_SAYING(tests::run(context, connect({.host = "127.0.0.1", .port = port}, 10s)),
                        ErrorCode::unavailable,
                        "127.0.0.1:" + std::to_string(port) + ": connection refused");
}

TEST(Connect, SaysThatANameIsUnknown) {
    asio::io_context context(1);
    EXPECT_ERROR_SAYING(
        tests::run(context, connect({.host = "no_such_host.invalid", .port = 80}, 20s)),
        ErrorCode::unavailable, testing::StartsWith("no_such_host.invalid:80: host not found"));
}

/// A port whose queue of waiting connections is full, so that the next one gets no answer.
struct FullListener {
    explicit FullListener(asio::io_context& context) : acceptor(context) {
        acceptor.open(asio::ip::tcp::v4());
        acceptor.bind({asio::ip::make_address("127.0.0.1"), 0});
        acceptor.listen(0);
        for (int at = 0; at < 3; ++at) {
            waiting.emplace_back(context);
            waiting.back().open(asio::ip::tcp::v4());
            waiting.back().native_non_blocking(true);
            // Asio's own connect would wait for the answer that does not come.
            const auto endpoint = acceptor.local_endpoint();
            ::connect(waiting.back().native_handle(), endpoint.data(),
                      static_cast<socklen_t>(endpoint.size()));
        }
    }

    Acceptor acceptor;
    std::vector<Socket> waiting{};
};

TEST(Connect, GivesUpAtItsLimit) {
    asio::io_context context(1);
    const FullListener full(context);
    const auto port = local_port(full.acceptor);
    EXPECT_ERROR_SAYING(tests::run(context, connect({.host = "127.0.0.1", .port = port}, 30ms)),
                        ErrorCode::timeout,
                        "127.0.0.1:" + std::to_string(port) + ": not connected within 30 ms");
}

TEST(Connect, EndsWithAbortedWhenItIsCancelled) {
    asio::io_context context(1);
    const FullListener full(context);
    asio::cancellation_signal cancel;
    std::exception_ptr fault;
    asio::co_spawn(context, connect({.host = "127.0.0.1", .port = local_port(full.acceptor)}, 1h),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr failure,
                                                                   const std::unique_ptr<Link>&) {
                       fault = std::move(failure);
                   }));
    tests::run_ready(context);
    ASSERT_EQ(fault, nullptr);
    cancel.emit(asio::cancellation_type::terminal);
    context.restart();
    context.run();
    try {
        ASSERT_NE(fault, nullptr);
        std::rethrow_exception(fault);
    } catch (const boost::system::system_error& error) {
        EXPECT_EQ(error.code(), asio::error::operation_aborted);
    }
}

}  // namespace
}  // namespace sluice::http
