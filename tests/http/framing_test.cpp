#include "http/framing.hpp"

#include "http_memory.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

using Kind = BodyFraming::Kind;

BodyFraming of_request(std::string_view bytes) {
    ReadBuffer buffer;
    tests::arrive(buffer, bytes);
    RequestHead head;
    EXPECT_EQ(head.parse(buffer), HeadStatus::complete);
    return body_framing(head);
}

BodyFraming of_answer(std::string_view bytes, std::string_view method = "POST") {
    ReadBuffer buffer;
    tests::arrive(buffer, bytes);
    ResponseHead head;
    EXPECT_EQ(head.parse(buffer), HeadStatus::complete);
    return body_framing(head, method);
}

TEST(BodyFraming, OfARequestIsWhatItsFieldsSay) {
    EXPECT_EQ(of_request("GET / HTTP/1.1\r\n\r\n").kind, Kind::none);
    EXPECT_EQ(of_request("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").kind, Kind::none);
    const auto length = of_request("PUT / HTTP/1.1\r\nContent-Length: 12\r\n\r\n");
    EXPECT_EQ(length.kind, Kind::length);
    EXPECT_EQ(length.bytes, 12u);
    EXPECT_EQ(of_request("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").kind,
              Kind::chunked);
}

TEST(BodyFraming, OfAnAnswerWithoutLengthIsUntilTheConnectionCloses) {
    EXPECT_EQ(of_answer("HTTP/1.1 200 OK\r\n\r\n").kind, Kind::until_close);
    EXPECT_EQ(of_answer("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n").bytes, 7u);
    EXPECT_EQ(of_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").kind,
              Kind::chunked);
}

TEST(BodyFraming, OfAnAnswerToHeadAndOf1xx204And304IsNone) {
    EXPECT_EQ(of_answer("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "HEAD").kind, Kind::none);
    for (const std::string_view status : {"100", "101", "103", "204", "304"}) {
        std::string head = "HTTP/1.1 ";
        head.append(status).append(" x\r\nContent-Length: 7\r\n\r\n");
        EXPECT_EQ(of_answer(head).kind, Kind::none) << status;
    }
}

}  // namespace
}  // namespace sluice::http
