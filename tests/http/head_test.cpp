#include "http/head.hpp"

#include "http_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::http {
namespace {

using tests::arrive;

constexpr std::string_view request =
    "POST /v1/chat/completions?trace=1 HTTP/1.1\r\n"
    "Host: gateway\r\n"
    "X-Empty:\r\n"
    "content-LENGTH:  5 \t\r\n"
    "Authorization: Bearer a:b\r\n"
    "\r\n";

void expect_the_request(const RequestHead& head) {
    EXPECT_EQ(head.method(), "POST");
    EXPECT_EQ(head.target(), "/v1/chat/completions?trace=1");
    EXPECT_EQ(head.path(), "/v1/chat/completions");
    EXPECT_EQ(head.query(), "trace=1");
    EXPECT_EQ(head.version(), 11);
    ASSERT_EQ(head.fields().size(), 4u);
    EXPECT_EQ(head.fields()[0].id, FieldId::host);
    EXPECT_EQ(head.fields()[1].name, "X-Empty");
    EXPECT_EQ(head.fields()[1].value, "");
    EXPECT_EQ(head.fields()[2].name, "content-LENGTH");
    EXPECT_EQ(head.find(FieldId::content_length), "5");
    EXPECT_EQ(head.find("authorization"), "Bearer a:b");
    EXPECT_EQ(head.find("nothing"), std::nullopt);
    EXPECT_EQ(head.raw(), request);
}

TEST(RequestHead, ReadsTheSameWhereverTheBytesAreCut) {
    std::string stream(request);
    stream += "12345";
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (std::size_t second = first; second <= stream.size(); ++second) {
            ReadBuffer buffer;
            RequestHead head;
            HeadStatus status = HeadStatus::need_more;
            const std::string_view bytes = stream;
            for (const std::string_view piece :
                 {bytes.substr(0, first), bytes.substr(first, second - first),
                  bytes.substr(second)}) {
                arrive(buffer, piece);
                if (status == HeadStatus::need_more) status = head.parse(buffer);
            }
            ASSERT_EQ(status, HeadStatus::complete) << "cut at " << first << " and " << second;
            ASSERT_EQ(buffer.view(), "12345") << "cut at " << first << " and " << second;
            expect_the_request(head);
            if (HasFailure()) return;
        }
    }
}

TEST(RequestHead, ReadsByteByByteAndKeepsItsViewsWhileTheBufferGrows) {
    ReadBuffer buffer(1, 1 << 20);
    RequestHead head;
    for (std::size_t at = 0; at < request.size(); ++at) {
        arrive(buffer, request.substr(at, 1));
        ASSERT_EQ(head.parse(buffer),
                  at + 1 < request.size() ? HeadStatus::need_more : HeadStatus::complete);
    }
    arrive(buffer, std::string(100'000, 'x'));
    expect_the_request(head);
}

HeadStatus parse(RequestHead& head, std::string_view bytes) {
    ReadBuffer buffer;
    arrive(buffer, bytes);
    return head.parse(buffer);
}

std::string problem_of(std::string_view bytes) {
    RequestHead head;
    EXPECT_EQ(parse(head, bytes), HeadStatus::malformed);
    return std::string(head.problem());
}

TEST(RequestHead, ReadsOnePipelinedRequestAfterAnother) {
    ReadBuffer buffer;
    RequestHead head;
    arrive(buffer, "GET /one HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /two HTTP/1.1\r\nHost: b\r\n\r\n");
    ASSERT_EQ(head.parse(buffer), HeadStatus::complete);
    EXPECT_EQ(head.target(), "/one");
    ASSERT_EQ(head.parse(buffer), HeadStatus::complete) << "an empty line before it is allowed";
    EXPECT_EQ(head.target(), "/two");
    EXPECT_EQ(head.find(FieldId::host), "b");
    EXPECT_EQ(head.fields().size(), 1u);
    EXPECT_TRUE(buffer.empty());
}

TEST(RequestHead, RefusesABareLineFeed) {
    EXPECT_EQ(problem_of("GET / HTTP/1.1\nHost: a\n\n"),
              "a line of the head ends in a bare line feed");
    EXPECT_EQ(problem_of("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
              "a line of the head ends in a bare line feed");
    EXPECT_EQ(problem_of("GET / HTTP/1.1\r\nHost: a\r\n\n"),
              "a line of the head ends in a bare line feed");
}

TEST(RequestHead, RefusesAFoldedField) {
    EXPECT_EQ(problem_of("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"),
              "a field is folded over several lines");
    EXPECT_EQ(problem_of("GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n"),
              "a field is folded over several lines");
    EXPECT_EQ(problem_of("GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
              "a field is folded over several lines");
}

TEST(RequestHead, RefusesWhatIsNoHttpAtItsFirstByte) {
    EXPECT_EQ(problem_of("\x16\x03\x01"), "TLS was spoken to a plain port");
    EXPECT_EQ(problem_of(std::string_view("\0", 1)), "this is not HTTP");
    EXPECT_EQ(problem_of("\xff"), "this is not HTTP");
    EXPECT_EQ(problem_of(" GET / HTTP/1.1\r\n"), "this is not HTTP");
}

TEST(RequestHead, RefusesMalformedLines) {
    using std::literals::operator""sv;
    const std::string_view malformed[] = {
        "GET /\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.2\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET / x HTTP/1.1\r\n\r\n",
        "G@T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\n: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost\r\n\r\n",
        "GET / HTTP/1.1\r\nHo st: a\r\n\r\n",
        "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n"sv,
        "GET / HTTP/1.1\r\nX: a\x01q\r\n\r\n",
        "GET /\x7f HTTP/1.1\r\nX: a\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    };
    for (const std::string_view bytes : malformed) {
        RequestHead head;
        EXPECT_EQ(parse(head, bytes), HeadStatus::malformed) << bytes;
        EXPECT_THAT(std::string(head.problem()), testing::StartsWith("malformed head: ")) << bytes;
    }
}

TEST(RequestHead, IsTooLargeAboveItsLimitWhetherItEndsOrNot) {
    const std::string line = "GET / HTTP/1.1\r\nX: ";
    for (const std::string_view end : {"\r\n\r\n", ""}) {
        ReadBuffer buffer;
        RequestHead head;
        arrive(buffer, line + std::string(200, 'x'));
        arrive(buffer, end);
        EXPECT_EQ(head.parse(buffer, 100), HeadStatus::too_large);
        EXPECT_EQ(head.problem(), "the head is larger than 100 bytes");
    }
}

TEST(RequestHead, AcceptsExactlyItsLimitAndRefusesOneByteMore) {
    ReadBuffer buffer;
    RequestHead head;
    arrive(buffer, request);
    EXPECT_EQ(head.parse(buffer, request.size()), HeadStatus::complete);
    arrive(buffer, request);
    EXPECT_EQ(head.parse(buffer, request.size() - 1), HeadStatus::too_large);
}

TEST(RequestHead, CountsTheWholeHeadAgainstItsLimitWhenItComesLineByLine) {
    ReadBuffer buffer(64, 1 << 20);
    RequestHead head;
    arrive(buffer, "GET / HTTP/1.1\r\n");
    HeadStatus status = head.parse(buffer, 1000);
    for (int line = 0; line < 1000 && status == HeadStatus::need_more; ++line) {
        arrive(buffer, "X: 0123456789\r\n");
        status = head.parse(buffer, 1000);
    }
    EXPECT_EQ(status, HeadStatus::too_large);
    EXPECT_LE(buffer.size(), 1015u);
}

TEST(RequestHead, KnowsWhetherTheConnectionStays) {
    const auto keep_alive = [](std::string_view bytes) {
        RequestHead head;
        EXPECT_EQ(parse(head, bytes), HeadStatus::complete);
        return head.keep_alive();
    };
    EXPECT_TRUE(keep_alive("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_FALSE(keep_alive("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"));
    EXPECT_FALSE(keep_alive("GET / HTTP/1.1\r\nConnection: te, Close\r\n\r\n"));
    EXPECT_FALSE(keep_alive("GET / HTTP/1.1\r\nConnection: te\r\nConnection: close\r\n\r\n"));
    EXPECT_FALSE(keep_alive("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keep_alive("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(RequestHead, KnowsTheFieldsThatConnectionNames) {
    RequestHead head;
    ASSERT_EQ(parse(head, "GET / HTTP/1.1\r\nConnection: close, X-One ,,\tx-two\r\n\r\n"),
              HeadStatus::complete);
    EXPECT_TRUE(head.is_named_in_connection("x-one"));
    EXPECT_TRUE(head.is_named_in_connection("X-Two"));
    EXPECT_FALSE(head.is_named_in_connection("x-three"));
    EXPECT_TRUE(is_hop_by_hop(FieldId::transfer_encoding));
    EXPECT_FALSE(is_hop_by_hop(FieldId::host));
}

TEST(RequestHead, TakesPathAndQueryFromAnAbsoluteTarget) {
    RequestHead head;
    ASSERT_EQ(parse(head, "GET http://Host:8080/a/b?c=d?e HTTP/1.1\r\n\r\n"), HeadStatus::complete);
    EXPECT_EQ(head.path(), "/a/b");
    EXPECT_EQ(head.query(), "c=d?e");
    EXPECT_EQ(head.target_authority(), "Host:8080");
    ASSERT_EQ(parse(head, "GET http://host?x HTTP/1.1\r\n\r\n"), HeadStatus::complete);
    EXPECT_EQ(head.path(), "/");
    EXPECT_EQ(head.query(), "x");
    ASSERT_EQ(parse(head, "OPTIONS * HTTP/1.1\r\n\r\n"), HeadStatus::complete);
    EXPECT_EQ(head.path(), "*");
    EXPECT_EQ(head.target_authority(), "");
    ASSERT_EQ(parse(head, "GET /a?url=http://b/c HTTP/1.1\r\n\r\n"), HeadStatus::complete);
    EXPECT_EQ(head.path(), "/a");
    EXPECT_EQ(head.target_authority(), "");
}

TEST(RequestHead, KnowsAClientThatWaitsForAHundredContinue) {
    RequestHead head;
    ASSERT_EQ(parse(head, "PUT / HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n"), HeadStatus::complete);
    EXPECT_TRUE(head.expects_continue());
    ASSERT_EQ(parse(head, "PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"), HeadStatus::complete);
    EXPECT_FALSE(head.expects_continue());
}

TEST(ResponseHead, ReadsTheSameWhereverTheBytesAreCut) {
    constexpr std::string_view stream =
        "HTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 429 Too Many Requests\r\n"
        "Content-Type: application/json\r\n"
        "Retry-After: 7\r\n"
        "\r\n"
        "{}";
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        ReadBuffer buffer;
        ResponseHead head;
        std::vector<int> statuses;
        for (const std::string_view piece : {stream.substr(0, cut), stream.substr(cut)}) {
            arrive(buffer, piece);
            while (statuses.size() < 2 && head.parse(buffer) == HeadStatus::complete)
                statuses.push_back(head.status());
        }
        ASSERT_THAT(statuses, testing::ElementsAre(100, 429)) << "cut at " << cut;
        EXPECT_EQ(head.reason(), "Too Many Requests");
        EXPECT_EQ(head.find(FieldId::retry_after), "7");
        EXPECT_EQ(buffer.view(), "{}");
        EXPECT_FALSE(head.is_interim());
    }
}

TEST(ResponseHead, RefusesWhatIsNoResponse) {
    for (const std::string_view bytes :
         {"HTTP/1.1 20 OK\r\n\r\n", "HTTP/2 200\r\n\r\n", "ICY 200 OK\r\n\r\n", "\r\n\r\n",
          "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "HTTP/1.1 200 OK\n\n"}) {
        ReadBuffer buffer;
        ResponseHead head;
        arrive(buffer, bytes);
        EXPECT_EQ(head.parse(buffer), HeadStatus::malformed) << bytes;
    }
}

}  // namespace
}  // namespace sluice::http
