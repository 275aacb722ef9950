#include "http/reply.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sluice::http {
namespace {

std::string written(const Reply& reply, const ReplyOptions& options = {}) {
    std::string out;
    append_head(out, reply, options);
    out += body_to_send(reply, options);
    return out;
}

TEST(Reply, IsWrittenWithItsLength) {
    const Reply reply{
        .status = 429, .headers = {{"Content-Type", "application/json"}}, .body = "{}"};
    EXPECT_EQ(written(reply),
              "HTTP/1.1 429 Too Many Requests\r\n"
              "Content-Type: application/json\r\n"
              "Content-Length: 2\r\n"
              "\r\n"
              "{}");
}

TEST(Reply, SaysWhatBecomesOfTheConnection) {
    EXPECT_EQ(written({}, {.connection = Connection::close, .date = "today"}),
              "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(written({}, {.connection = Connection::keep_alive_1_0}),
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(Reply, SendsNoBodyToHeadAndFor204) {
    const Reply reply{.status = 200, .headers = {}, .body = "four"};
    EXPECT_EQ(written(reply, {.request_method = "HEAD"}),
              "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(written({.status = 204, .headers = {}, .body = "four"}),
              "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(Reply, LeavesOutFieldsThatWouldContradictItsFraming) {
    const Reply reply{.status = 200,
                      .headers = {{"content-length", "9"},
                                  {"Transfer-Encoding", "chunked"},
                                  {"Connection", "upgrade"},
                                  {"X", "y"}},
                      .body = ""};
    EXPECT_EQ(written(reply), "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 0\r\n\r\n");
}

TEST(Reply, CannotBeSplitByWhatAGuestPutsIntoAField) {
    const Reply reply{.status = 200,
                      .headers = {{"X", "a\r\nSet-Cookie: b"}, {"Y\r\nZ", "c"}, {"", "d"}},
                      .body = ""};
    EXPECT_EQ(written(reply),
              "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b\r\nContent-Length: 0\r\n\r\n");
}

TEST(Reply, TurnsAStatusThatIsNoneInto500) {
    EXPECT_EQ(written({.status = 7}),
              "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(written({.status = 299}), "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n");
}

TEST(DateField, IsWrittenAsHttpWantsIt) {
    DateField date;
    using Time = std::chrono::system_clock::time_point;
    EXPECT_EQ(date.view(Time(std::chrono::seconds(784'111'777))), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.view(Time(std::chrono::seconds(784'111'778))), "Sun, 06 Nov 1994 08:49:38 GMT");
}

}  // namespace
}  // namespace sluice::http
