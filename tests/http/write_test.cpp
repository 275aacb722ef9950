#include "http/write.hpp"

#include "http_run.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::http {
namespace {

std::string text_of(const Gather& slices) {
    std::string text;
    for (const asio::const_buffer& slice : slices)
        text.append(static_cast<const char*>(slice.data()), slice.size());
    return text;
}

TEST(Gather, LeavesOutEmptyPieces) {
    const Gather slices("a", "", "bc");
    EXPECT_EQ(slices.end() - slices.begin(), 2);
    EXPECT_EQ(slices.bytes(), 3u);
}

TEST(Gather, DropsWhatWasSentWhereverItStops) {
    const std::string all = "onetwothree";
    for (std::size_t sent = 0; sent <= all.size(); ++sent) {
        Gather slices("one", "two", "three");
        slices.advance(sent);
        EXPECT_EQ(text_of(slices), all.substr(sent));
        EXPECT_EQ(slices.empty(), sent == all.size());
    }
}

TEST(WriteAll, SendsAllPiecesAtOnce) {
    asio::io_context context(1);
    tests::SocketPair sockets(context);
    Gather slices("head ", "body");
    EXPECT_EQ(tests::run(context, write_all(sockets.near, slices)), error_code());
    EXPECT_EQ(tests::receive(sockets.far, 9), "head body");
}

Task<std::string> read_all(Socket& socket, std::size_t bytes) {
    std::string text(bytes, '\0');
    std::size_t at = 0;
    while (at < bytes)
        at += co_await socket.async_read_some(asio::buffer(text.data() + at, bytes - at), use_task);
    co_return text;
}

TEST(WriteAll, WaitsWhileTheSocketIsFull) {
    asio::io_context context(1);
    tests::SocketPair sockets(context);
    const std::string head(1000, 'h');
    std::string body;
    for (int line = 0; line < 700'000; ++line) body += std::to_string(line) + "\n";
    error_code sent = asio::error::in_progress;
    asio::co_spawn(context, write_all(sockets.near, Gather(head, body)),
                   [&](const std::exception_ptr&, error_code error) { sent = error; });
    EXPECT_TRUE(tests::run(context, read_all(sockets.far, head.size() + body.size())) ==
                head + body);
    tests::run_until(context, [&] { return sent != asio::error::in_progress; });
    EXPECT_EQ(sent, error_code());
}

TEST(WriteAll, EndsWithAbortedWhenTheFullSocketIsCancelled) {
    asio::io_context context(1);
    tests::SocketPair sockets(context);
    const std::string body(20 << 20, 'b');
    error_code sent;
    asio::co_spawn(context, write_all(sockets.near, Gather(body)),
                   [&](const std::exception_ptr&, error_code error) { sent = error; });
    tests::run_ready(context);
    sockets.near.cancel();
    tests::run_until(context, [&] { return sent == asio::error::operation_aborted; });
}

TEST(WriteAll, SaysThatThePeerHasGone) {
    asio::io_context context(1);
    tests::SocketPair sockets(context);
    const std::string body(20 << 20, 'b');
    sockets.far.close();
    const error_code error = tests::run(context, write_all(sockets.near, Gather(body)));
    EXPECT_TRUE(error == asio::error::connection_reset || error == asio::error::broken_pipe)
        << error.message();
}

TEST(WriteNow, KeepsWhatTheSocketDoesNotTake) {
    asio::io_context context(1);
    tests::SocketPair sockets(context);
    const std::string body(20 << 20, 'b');
    Gather slices(body);
    EXPECT_EQ(write_now(sockets.near, slices), error_code());
    EXPECT_FALSE(slices.empty());
    EXPECT_LT(slices.bytes(), body.size());
}

}  // namespace
}  // namespace sluice::http
