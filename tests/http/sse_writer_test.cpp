#include "http/sse_writer.hpp"

#include "http/sse_parser.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

std::string written(std::string_view data, std::string_view type = {}) {
    std::string out;
    append_event(out, data, type);
    return out;
}

TEST(SseWriter, WritesOneEvent) {
    EXPECT_EQ(written("{\"a\":1}"), "data: {\"a\":1}\n\n");
    EXPECT_EQ(written("no", "error"), "event: error\ndata: no\n\n");
    EXPECT_EQ(written(""), "data: \n\n");
}

TEST(SseWriter, WritesALineForEachLineOfTheData) {
    EXPECT_EQ(written("a\nb\r\nc\rd\n"), "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
}

TEST(SseWriter, LetsNoTextForgeASecondEvent) {
    SseParser parser;
    parser.feed(written("a\n\ndata: forged\n\n", "x\n\ndata: forged"));
    EXPECT_EQ(parser.next(), (SseEvent{"xdata: forged", "a\n\ndata: forged\n\n"}));
    EXPECT_EQ(parser.next(), std::nullopt);
}

}  // namespace
}  // namespace sluice::http
