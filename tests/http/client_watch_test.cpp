#include "http/client_watch.hpp"

#include "http/head.hpp"
#include "http/stream_io.hpp"

#include "http_run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sluice::http {
namespace {

struct Session {
    asio::io_context context{1};
    tests::SocketPair sockets{context};
    ClientWatch watch{sockets.near};
    ReadBuffer buffer{};
    int gone = 0;

    void start() {
        watch.start([this] { ++gone; });
        tests::run_ready(context);
    }
};

TEST(ClientWatch, TellsOnceThatTheClientHasClosed) {
    Session session;
    session.start();
    EXPECT_EQ(session.gone, 0);
    session.sockets.far.close();
    tests::run_until(session.context, [&] { return session.gone > 0; });
    EXPECT_TRUE(session.watch.gone());
    tests::run_ready(session.context);
    EXPECT_EQ(session.gone, 1);
}

TEST(ClientWatch, TellsThatTheClientHasReset) {
    Session session;
    session.start();
    session.sockets.far.set_option(asio::socket_base::linger(true, 0));
    session.sockets.far.close();
    tests::run_until(session.context, [&] { return session.gone > 0; });
}

TEST(ClientWatch, TakesAPipelinedRequestForWhatItIs) {
    Session session;
    session.start();
    tests::send(session.sockets.far, "GET / HTTP/1.1\r\n\r\n");
    tests::run_ready(session.context);
    EXPECT_EQ(session.gone, 0);
    session.watch.stop();
    EXPECT_EQ(tests::run(session.context, session.watch.fill(session.buffer)), error_code());
    EXPECT_EQ(session.buffer.view(), "GET / HTTP/1.1\r\n\r\n");
}

TEST(ClientWatch, SaysNothingAfterStop) {
    Session session;
    session.start();
    session.watch.stop();
    session.sockets.far.close();
    tests::run_ready(session.context);
    EXPECT_EQ(session.gone, 0);
    EXPECT_EQ(tests::run(session.context, session.watch.fill(session.buffer)), asio::error::eof);
}

TEST(ClientWatch, ReadsOnTheWaitThatIsPendingFromTheRequestBefore) {
    Session session;
    RequestHead head;
    for (int request = 0; request < 5; ++request) {
        const auto send = [&] {
            tests::send(session.sockets.far, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        };
        EXPECT_EQ(tests::run(session.context, session.watch.fill(session.buffer), send),
                  error_code());
        EXPECT_EQ(head.parse(session.buffer), HeadStatus::complete);
        session.start();
        session.watch.stop();
    }
    session.start();
    session.sockets.far.close();
    tests::run_until(session.context, [&] { return session.gone > 0; });
}

TEST(ClientWatch, EndsAReadThatIsCancelledAndReadsAgain) {
    Session session;
    session.start();
    session.watch.stop();
    const auto cancel = [&] { session.sockets.near.cancel(); };
    EXPECT_EQ(tests::run(session.context, session.watch.fill(session.buffer), cancel),
              asio::error::operation_aborted);
    tests::send(session.sockets.far, "later");
    EXPECT_EQ(tests::run(session.context, session.watch.fill(session.buffer)), error_code());
    EXPECT_EQ(session.buffer.view(), "later");
}

TEST(ClientWatch, MayGoWhileItsWaitIsPending) {
    asio::io_context context(1);
    tests::SocketPair sockets(context);
    auto watch = std::make_unique<ClientWatch>(sockets.near);
    watch->start([] { FAIL() << "nobody watches"; });
    tests::run_ready(context);
    watch.reset();
    sockets.far.close();
    tests::run_ready(context);
}

Task<void> read_for_ever(Socket socket) {
    ClientWatch watch(socket);
    ReadBuffer buffer;
    watch.start([] {});
    co_await watch.fill(buffer);
}

TEST(ClientWatch, GoesWithItsContextWhileAReadWaits) {
    // LeakSanitizer is the test: the waiting coroutine owns the watch that its own wait resumes.
    auto context = std::make_unique<asio::io_context>(1);
    auto sockets = std::make_unique<tests::SocketPair>(*context);
    asio::co_spawn(*context, read_for_ever(std::move(sockets->near)),
                   [](const std::exception_ptr&) {});
    tests::run_ready(*context);
    sockets.reset();
    context.reset();
}

TEST(HeadRead, TellsAClosedConnectionFromACutHead) {
    Session session;
    RequestHead head;
    session.sockets.far.close();
    EXPECT_EQ(tests::run(session.context, read_head(head, session.sockets.near, session.buffer)),
              HeadStatus::closed);
    Session other;
    tests::send(other.sockets.far, "GET / HT");
    other.sockets.far.close();
    EXPECT_EQ(tests::run(other.context, read_head(head, other.sockets.near, other.buffer)),
              HeadStatus::cut_off);
}

TEST(HeadRead, KeepsTheErrorOfTheSocket) {
    Session session;
    RequestHead head;
    const auto cancel = [&] { session.sockets.near.cancel(); };
    EXPECT_EQ(
        tests::run(session.context, read_head(head, session.sockets.near, session.buffer), cancel),
        HeadStatus::failed);
    EXPECT_EQ(head.error(), asio::error::operation_aborted);
}

}  // namespace
}  // namespace sluice::http
