#include "http/body_reader.hpp"

#include "http/write.hpp"

#include "expect_error.hpp"
#include "http_memory.hpp"
#include "http_run.hpp"

#include <string>

namespace sluice::http {
namespace {

using namespace std::chrono_literals;
using tests::arrive;
using Kind = BodyFraming::Kind;

TEST(BodyReader, CollectsABodyOfKnownLengthWhereverItIsCut) {
    constexpr std::string_view stream = "hello worldGET /";
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        ReadBuffer buffer;
        BodyReader body({.kind = Kind::length, .bytes = 11}, 100);
        arrive(buffer, stream.substr(0, cut));
        EXPECT_EQ(body.advance(buffer), cut < 11 ? BodyStatus::need_more : BodyStatus::complete);
        arrive(buffer, stream.substr(cut));
        EXPECT_EQ(body.advance(buffer), BodyStatus::complete);
        EXPECT_EQ(buffer.view().substr(0, body.bytes()), "hello world");
        EXPECT_EQ(buffer.view().substr(body.bytes()), "GET /");
    }
}

TEST(BodyReader, DecodesChunksInPlaceWhereverTheyAreCut) {
    constexpr std::string_view stream = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nA: b\r\n\r\nGET /";
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (std::size_t second = first; second <= stream.size(); ++second) {
            ReadBuffer buffer;
            BodyReader body({.kind = Kind::chunked}, 100);
            BodyStatus status = BodyStatus::need_more;
            for (const auto piece : {stream.substr(0, first), stream.substr(first, second - first),
                                     stream.substr(second)}) {
                arrive(buffer, piece);
                if (status == BodyStatus::need_more) status = body.advance(buffer);
            }
            ASSERT_EQ(status, BodyStatus::complete) << "cut at " << first << " and " << second;
            ASSERT_EQ(buffer.view().substr(0, body.bytes()), "hello world");
            ASSERT_EQ(buffer.view().substr(body.bytes()), "GET /");
        }
    }
}

TEST(BodyReader, IsCompleteAtOnceWithoutABody) {
    ReadBuffer buffer;
    arrive(buffer, "next");
    BodyReader body({}, 0);
    EXPECT_EQ(body.advance(buffer), BodyStatus::complete);
    EXPECT_EQ(body.bytes(), 0u);
}

TEST(BodyReader, RefusesALengthAboveTheLimitBeforeItIsRead) {
    ReadBuffer buffer;
    BodyReader body({.kind = Kind::length, .bytes = 101}, 100);
    EXPECT_EQ(body.advance(buffer), BodyStatus::too_large);
    EXPECT_EQ(buffer.capacity(), 0u);
}

TEST(BodyReader, RefusesChunksAboveTheLimit) {
    ReadBuffer buffer;
    BodyReader body({.kind = Kind::chunked}, 7);
    arrive(buffer, "4\r\nfour\r\n3\r\n123\r\n");
    EXPECT_EQ(body.advance(buffer), BodyStatus::need_more);
    arrive(buffer, "1\r\nx\r\n");
    EXPECT_EQ(body.advance(buffer), BodyStatus::too_large);
}

TEST(BodyReader, SaysWhatIsWrongWithAChunk) {
    ReadBuffer buffer;
    BodyReader body({.kind = Kind::chunked}, 100);
    arrive(buffer, "4\r\nfourteen\r\n");
    EXPECT_EQ(body.advance(buffer), BodyStatus::malformed);
    EXPECT_EQ(body.problem(), "a chunk is longer than its size");
}

TEST(BodyReader, TakesTheEndOfTheConnectionForTheEndOnlyWhereItIs) {
    ReadBuffer buffer;
    arrive(buffer, "all of it");
    BodyReader until_close({.kind = Kind::until_close}, 100);
    EXPECT_EQ(until_close.advance(buffer), BodyStatus::need_more);
    EXPECT_EQ(until_close.close(buffer), BodyStatus::complete);
    EXPECT_EQ(until_close.bytes(), 9u);
    BodyReader length({.kind = Kind::length, .bytes = 10}, 100);
    EXPECT_EQ(length.advance(buffer), BodyStatus::need_more);
    EXPECT_EQ(length.close(buffer), BodyStatus::cut_off);
}

struct Session {
    asio::io_context context{1};
    Sweep sweep{context.get_executor(), 1ms};
    tests::SocketPair sockets{context};
    ReadBuffer buffer{4096, 1 << 20};
};

TEST(ReadBody, ReadsABodyThatIsLargerThanTheSocketHolds) {
    Session session;
    BodyReader body({.kind = Kind::length, .bytes = 900'000}, 1 << 20);
    Deadline deadline(session.sweep, [] {});
    const std::string bytes(900'000, 'b');
    asio::co_spawn(
        session.context, write_all(session.sockets.far, Gather(bytes)),
        [](const std::exception_ptr& fault, error_code error) { EXPECT_TRUE(!fault && !error); });
    EXPECT_EQ(tests::run(session.context,
                         read_body(session.sockets.near, session.buffer, body, deadline, 10s)),
              BodyStatus::complete);
    EXPECT_EQ(session.buffer.view(), bytes);
}

TEST(ReadBody, SaysThatThePeerClosedInsideTheBody) {
    Session session;
    BodyReader body({.kind = Kind::length, .bytes = 9}, 100);
    Deadline deadline(session.sweep, [] {});
    tests::send(session.sockets.far, "12345");
    session.sockets.far.close();
    EXPECT_EQ(tests::run(session.context,
                         read_body(session.sockets.near, session.buffer, body, deadline, 10s)),
              BodyStatus::cut_off);
}

TEST(ReadBody, EndsWhenNothingComesWithinItsLimit) {
    Session session;
    session.sweep.start();
    BodyReader body({.kind = Kind::length, .bytes = 9}, 100);
    Deadline deadline(session.sweep, [&] { session.sockets.near.cancel(); });
    tests::send(session.sockets.far, "12345");
    EXPECT_EQ(tests::run(session.context,
                         read_body(session.sockets.near, session.buffer, body, deadline, 5ms)),
              BodyStatus::failed);
    EXPECT_EQ(body.error(), asio::error::operation_aborted);
    EXPECT_TRUE(deadline.expired());
}

}  // namespace
}  // namespace sluice::http
