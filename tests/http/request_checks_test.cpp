#include "http/request_checks.hpp"

#include "http_memory.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::http {
namespace {

using std::literals::operator""sv;

/// What becomes of a request with these lines: the reader's refusal, ours, or "" when it is served.
std::string refusal(std::string_view first_line, std::string_view fields) {
    ReadBuffer buffer;
    std::string bytes(first_line);
    bytes += "\r\n";
    bytes += fields;
    bytes += "\r\n";
    tests::arrive(buffer, bytes);
    RequestHead head;
    const HeadStatus status = head.parse(buffer);
    if (status == HeadStatus::malformed) return std::string(head.problem());
    EXPECT_EQ(status, HeadStatus::complete);
    return std::string(refuse_ambiguous(head).value_or(""));
}

std::string refusal(std::string_view fields) {
    return refusal("POST / HTTP/1.1", "Host: a\r\n" + std::string(fields));
}

TEST(RequestChecks, ServesPlainRequests) {
    EXPECT_EQ(refusal(""), "");
    EXPECT_EQ(refusal("Content-Length: 0\r\n"), "");
    EXPECT_EQ(refusal("Content-Length: 18446744073709551615\r\n"), "");
    EXPECT_EQ(refusal("Transfer-Encoding: chunked\r\n"), "");
    EXPECT_EQ(refusal("Transfer-Encoding: Chunked\r\n"), "");
    EXPECT_EQ(refusal("X: caf\xc3\xa9\tb\r\n"), "");
    EXPECT_EQ(refusal("GET / HTTP/1.0", ""), "");
    EXPECT_EQ(refusal("GET / HTTP/1.1", "Host:\r\n"), "");
    EXPECT_EQ(refusal("GET / HTTP/1.1", "Host: [::1]:8080\r\n"), "");
    EXPECT_EQ(refusal("GET http://a:80/x HTTP/1.1", "Host: A:80\r\n"), "");
}

TEST(RequestChecks, RefusesTransferEncodingWithContentLength) {
    EXPECT_NE(refusal("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), "");
}

TEST(RequestChecks, RefusesContentLengthWithTransferEncoding) {
    EXPECT_NE(refusal("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), "");
}

TEST(RequestChecks, RefusesTransferEncodingWithAZeroContentLength) {
    EXPECT_NE(refusal("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), "");
}

TEST(RequestChecks, RefusesXchunked) {
    EXPECT_EQ(refusal("Transfer-Encoding: xchunked\r\n"), "Transfer-Encoding other than chunked");
}

TEST(RequestChecks, RefusesChunkedThenGzip) {
    EXPECT_EQ(refusal("Transfer-Encoding: chunked, gzip\r\n"),
              "Transfer-Encoding other than chunked");
}

TEST(RequestChecks, RefusesGzipThenChunked) {
    EXPECT_EQ(refusal("Transfer-Encoding: gzip, chunked\r\n"),
              "Transfer-Encoding other than chunked");
}

TEST(RequestChecks, RefusesChunkedWithAnEmptyListItem) {
    EXPECT_EQ(refusal("Transfer-Encoding: chunked,\r\n"), "Transfer-Encoding other than chunked");
}

TEST(RequestChecks, RefusesChunkedInQuotes) {
    EXPECT_EQ(refusal("Transfer-Encoding: \"chunked\"\r\n"),
              "Transfer-Encoding other than chunked");
}

TEST(RequestChecks, RefusesChunkedWithAVerticalTab) {
    EXPECT_NE(refusal("Transfer-Encoding: \vchunked\r\n"), "");
}

TEST(RequestChecks, RefusesIdentity) {
    EXPECT_EQ(refusal("Transfer-Encoding: identity\r\n"), "Transfer-Encoding other than chunked");
}

TEST(RequestChecks, RefusesAnEmptyTransferEncoding) {
    EXPECT_EQ(refusal("Transfer-Encoding:\r\n"), "Transfer-Encoding other than chunked");
}

TEST(RequestChecks, RefusesTwoTransferEncodings) {
    EXPECT_NE(refusal("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "");
}

TEST(RequestChecks, RefusesChunkedThenIdentityInTwoFields) {
    EXPECT_NE(refusal("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), "");
}

TEST(RequestChecks, RefusesTransferEncodingInHttp10) {
    EXPECT_EQ(refusal("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n"),
              "Transfer-Encoding in HTTP/1.0");
}

TEST(RequestChecks, RefusesTwoDifferentContentLengths) {
    EXPECT_NE(refusal("Content-Length: 3\r\nContent-Length: 4\r\n"), "");
}

TEST(RequestChecks, RefusesTwoEqualContentLengths) {
    EXPECT_EQ(refusal("Content-Length: 3\r\nContent-Length: 3\r\n"),
              "more than one Content-Length");
}

TEST(RequestChecks, RefusesAListOfContentLengths) {
    EXPECT_EQ(refusal("Content-Length: 3, 3\r\n"),
              "Content-Length is a list; one number is allowed");
}

TEST(RequestChecks, RefusesAPlusSign) {
    EXPECT_NE(refusal("Content-Length: +3\r\n"), "");
}

TEST(RequestChecks, RefusesAMinusSign) {
    EXPECT_NE(refusal("Content-Length: -3\r\n"), "");
}

TEST(RequestChecks, RefusesAHexadecimalLength) {
    EXPECT_NE(refusal("Content-Length: 0x3\r\n"), "");
}

TEST(RequestChecks, RefusesALengthWithABlankInIt) {
    EXPECT_NE(refusal("Content-Length: 3 3\r\n"), "");
}

TEST(RequestChecks, RefusesAnEmptyLength) {
    EXPECT_NE(refusal("Content-Length:\r\n"), "");
}

TEST(RequestChecks, RefusesALengthAboveSixtyFourBits) {
    EXPECT_NE(refusal("Content-Length: 18446744073709551616\r\n"), "");
}

TEST(RequestChecks, RefusesABlankBeforeTheColon) {
    EXPECT_NE(refusal("Content-Length : 3\r\n"), "");
}

TEST(RequestChecks, RefusesNoHost) {
    EXPECT_EQ(refusal("GET / HTTP/1.1", ""), "no Host");
}

TEST(RequestChecks, RefusesTwoHosts) {
    EXPECT_EQ(refusal("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n"), "more than one Host");
}

TEST(RequestChecks, RefusesTwoHostsInHttp10) {
    EXPECT_EQ(refusal("GET / HTTP/1.0", "Host: a\r\nHost: b\r\n"), "more than one Host");
}

TEST(RequestChecks, RefusesAListOfHosts) {
    EXPECT_EQ(refusal("GET / HTTP/1.1", "Host: a, b\r\n"), "Host is not a host and port");
}

TEST(RequestChecks, RefusesAHostWithAPath) {
    EXPECT_EQ(refusal("GET / HTTP/1.1", "Host: a/b\r\n"), "Host is not a host and port");
}

TEST(RequestChecks, RefusesAHostWithAUser) {
    EXPECT_EQ(refusal("GET / HTTP/1.1", "Host: me@a\r\n"), "Host is not a host and port");
}

TEST(RequestChecks, RefusesAnAbsoluteTargetForAnotherHost) {
    EXPECT_EQ(refusal("GET http://b/ HTTP/1.1", "Host: a\r\n"),
              "the target names another host than Host");
}

TEST(RequestChecks, RefusesAnAbsoluteTargetWithAUser) {
    EXPECT_EQ(refusal("GET http://me@a/ HTTP/1.1", "Host: a\r\n"),
              "the target's authority is not a host and port");
}

TEST(RequestChecks, RefusesAFoldedField) {
    EXPECT_EQ(refusal("X: a\r\n b\r\n"), "a field is folded over several lines");
}

TEST(RequestChecks, RefusesAFoldedTransferEncoding) {
    EXPECT_EQ(refusal("Transfer-Encoding:\r\n chunked\r\n"),
              "a field is folded over several lines");
}

TEST(RequestChecks, RefusesABareLineFeed) {
    EXPECT_EQ(refusal("X: a\nContent-Length: 3\r\n"),
              "a line of the head ends in a bare line feed");
}

TEST(RequestChecks, RefusesABareCarriageReturn) {
    EXPECT_NE(refusal("X: a\rContent-Length: 3\r\n"), "");
}

TEST(RequestChecks, RefusesNulInAValue) {
    EXPECT_NE(refusal("X: a\0b\r\n"sv), "");
}

TEST(RequestChecks, RefusesEveryControlCharacterInAValueButTheTab) {
    for (int byte = 0; byte < 0x20; ++byte) {
        if (byte == '\t') continue;
        // At each place of a value longer than a machine word: the check takes eight at a time.
        for (std::size_t at = 0; at < 11; ++at) {
            std::string value = "01234567890";
            value[at] = static_cast<char>(byte);
            EXPECT_NE(refusal("X: ." + value + ".\r\n"), "") << "byte " << byte << " at " << at;
        }
    }
}

TEST(RequestChecks, RefusesDeleteInAValue) {
    EXPECT_NE(refusal("X: 0123456\x7f\r\n"), "");
    EXPECT_NE(refusal("X: \x7f\x34\x35\r\n"), "");
}

std::string refusal_of_answer(std::string_view bytes) {
    ReadBuffer buffer;
    tests::arrive(buffer, bytes);
    ResponseHead head;
    EXPECT_EQ(head.parse(buffer), HeadStatus::complete) << bytes;
    return std::string(refuse_ambiguous(head).value_or(""));
}

TEST(ResponseChecks, RefusesWhatTwoReadersWouldReadDifferently) {
    EXPECT_EQ(refusal_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"), "");
    EXPECT_EQ(refusal_of_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), "");
    EXPECT_EQ(refusal_of_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
              "Transfer-Encoding other than chunked");
    EXPECT_EQ(refusal_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n"),
              "Content-Length is a list; one number is allowed");
    EXPECT_EQ(refusal_of_answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
              "Transfer-Encoding in HTTP/1.0");
}

}  // namespace
}  // namespace sluice::http
