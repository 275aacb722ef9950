#include "gateway.hpp"

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <string_view>

namespace sluice::tests {
namespace {

/// A head (and what follows it) that two parsers could read in two ways.
struct Shape {
    std::string_view name;
    std::string_view bytes;
};

/// For the names that ctest shows.
void PrintTo(const Shape& shape, std::ostream* out) {
    *out << shape.name;
}

/// The second request that an attacker hides; it must never be answered.
constexpr std::string_view hidden = "GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n";

class Smuggling : public testing::TestWithParam<Shape> {};

TEST_P(Smuggling, IsRefusedWith400AndAClosedConnection) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.send_bytes(std::string(GetParam().bytes) + std::string(hidden));

    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, 400) << answer.head;
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(client.is_closed()) << "the hidden request was answered";
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

constexpr Shape shapes[] = {
    {"LengthAndTransferEncoding",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"TransferEncodingAndLength",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Content-Length: 5\r\n\r\n0\r\n\r\n"},
    {"TwoTransferEncodings",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"TransferEncodingThatOnlyEndsLikeChunked",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
     "xchunked\r\n\r\n0\r\n\r\n"},
    {"ChunkedBeforeGzip",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, "
     "gzip\r\n\r\n0\r\n\r\n"},
    {"GzipBeforeChunked",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, "
     "chunked\r\n\r\n0\r\n\r\n"},
    {"TransferEncodingIdentity",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"},
    {"TransferEncodingInHttp10",
     "POST /v1/chat/completions HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: "
     "chunked\r\n\r\n0\r\n\r\n"},
    {"TwoLengthsThatDiffer",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
     "Content-Length: 4\r\n\r\n{} "},
    {"TwoLengthsThatAgree",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
     "Content-Length: 3\r\n\r\n{} "},
    {"AListOfLengths",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n{} "},
    {"ASignedLength",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n{} "},
    {"ANegativeLength",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\n{} "},
    {"AHexadecimalLength",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n{} "},
    {"ALengthBeyondAllNumbers",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
     "Content-Length: 99999999999999999999999\r\n\r\n{} "},
    {"NoHost", "GET /health HTTP/1.1\r\nAccept: */*\r\n\r\n"},
    {"TwoHosts", "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
    {"ABadChunkSize",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "+2\r\n{}\r\n0\r\n\r\n"},
    {"AChunkSizeInDecimalWords",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "two\r\n{}\r\n0\r\n\r\n"},
    {"AChunkSizeBeyondAllNumbers",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"},
    {"AChunkWithoutItsLineEnd",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "2\r\n{}0\r\n\r\n"},
    {"AChunkSizeLineEndedByABareLineFeed",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "2\n{}\r\n0\r\n\r\n"},
    {"AFoldedField",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nX-Folded: one\r\n two\r\n"
     "Content-Length: 2\r\n\r\n{}"},
    {"ABareLineFeed", "POST /v1/chat/completions HTTP/1.1\r\nHost: a\nContent-Length: 2\r\n\r\n{}"},
    {"ASpaceBeforeTheColon",
     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length : 2\r\n\r\n{}"},
    {"ANulInAField", {"GET /health HTTP/1.1\r\nHost: a\r\nX-Nul: a\0b\r\n\r\n", 45}},
};

std::string name_of(const testing::TestParamInfo<Shape>& shape) {
    return std::string(shape.param.name);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Smuggling, testing::ValuesIn(shapes), name_of);

}  // namespace
}  // namespace sluice::tests
