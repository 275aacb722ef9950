#include "http/link.hpp"

#include "http/connect.hpp"
#include "http/stream_io.hpp"

#include "http_run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

/// A plain link and the other end of it.
struct Connected {
    Connected() : acceptor(listen(context.get_executor(), "127.0.0.1", 0)), peer(context) {
        Target target{.host = "127.0.0.1", .port = local_port(acceptor)};
        link = tests::run(context, connect(std::move(target), 10s));
        acceptor.accept(peer);
    }

    asio::io_context context{1};
    Acceptor acceptor;
    Socket peer;
    std::unique_ptr<Link> link{};
};

TEST(Link, WritesAndReads) {
    Connected connected;
    EXPECT_FALSE(connected.link->is_tls());
    Gather slices("GET / ", "HTTP/1.1");
    EXPECT_EQ(tests::run(connected.context, write_all(*connected.link, slices)), error_code());
    EXPECT_EQ(tests::receive(connected.peer, 14), "GET / HTTP/1.1");
    tests::send(connected.peer, "200");
    EXPECT_EQ(tests::run(connected.context, fill(*connected.link, connected.link->buffer())),
              error_code());
    EXPECT_EQ(connected.link->buffer().view(), "200");
}

TEST(Link, IsQuietWhileNothingComes) {
    Connected connected;
    EXPECT_TRUE(connected.link->is_quiet());
    EXPECT_TRUE(connected.link->is_quiet());
}

TEST(Link, IsNotQuietWhenSomethingCameUnasked) {
    Connected connected;
    tests::send(connected.peer, "?");
    tests::run_until_readable(connected.context, connected.link->socket());
    EXPECT_FALSE(connected.link->is_quiet());
}

TEST(Link, IsNotQuietWhenThePeerHasClosed) {
    Connected connected;
    connected.peer.close();
    tests::run_until_readable(connected.context, connected.link->socket());
    EXPECT_FALSE(connected.link->is_quiet());
}

TEST(Link, IsNotQuietWhenAnAnswerWasNotReadToItsEnd) {
    Connected connected;
    tests::send(connected.peer, "left over");
    tests::run(connected.context, fill(*connected.link, connected.link->buffer()));
    EXPECT_FALSE(connected.link->is_quiet());
}

TEST(Link, EndsAReadThatIsCancelled) {
    Connected connected;
    EXPECT_EQ(tests::run(connected.context, fill(*connected.link, connected.link->buffer()),
                         [&] { connected.link->cancel(); }),
              asio::error::operation_aborted);
}

}  // namespace
}  // namespace sluice::http
