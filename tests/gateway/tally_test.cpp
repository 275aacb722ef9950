#include "gateway/tally.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sluice::gateway {
namespace {

constexpr std::string_view stream =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"},\"finish_reason\":null}]}\n\n"
    ": ping\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" "
    "two\"},\"finish_reason\":\"stop\"}]}"
    "\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
    "\"total_tokens\":5}}\n\n"
    "data: [DONE]\n\n";

/// The bytes with what simdjson wants behind them.
void feed(Tally& tally, std::string_view bytes) {
    std::string padded(bytes);
    padded.append(64, '\0');
    tally.feed_events(std::string_view(padded).substr(0, bytes.size()));
}

TEST(Tally, ReadsTheSameWhereverAStreamIsCut) {
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        llm::openai::AnswerReader reader;
        Exchange exchange;
        Tally tally(reader, exchange, KeepText::yes);
        feed(tally, stream.substr(0, cut));
        feed(tally, stream.substr(cut));
        EXPECT_EQ(exchange.output, "one two") << "cut at " << cut;
        EXPECT_EQ(exchange.stop_reason, "stop") << "cut at " << cut;
        EXPECT_EQ(exchange.usage.total_tokens, 5U) << "cut at " << cut;
        EXPECT_TRUE(tally.between_events());
    }
}

TEST(Tally, KnowsWhenAnEventIsNotWhole) {
    llm::openai::AnswerReader reader;
    Exchange exchange;
    Tally tally(reader, exchange, KeepText::no);
    feed(tally, "data: {\"cho");
    EXPECT_FALSE(tally.between_events());
}

TEST(Tally, KeepsNoTextUnlessItIsWanted) {
    llm::openai::AnswerReader reader;
    Exchange exchange;
    Tally tally(reader, exchange, KeepText::no);
    feed(tally, stream);
    EXPECT_EQ(exchange.output, "");
    EXPECT_EQ(exchange.usage.prompt_tokens, 3U);
}

TEST(Tally, ReadsAPlainAnswerThatComesInPieces) {
    llm::openai::AnswerReader reader;
    Exchange exchange;
    Tally tally(reader, exchange, KeepText::yes);
    tally.feed_answer(R"({"choices":[{"index":0,"message":{"role":"assistant","content":"he)");
    tally.feed_answer(R"(llo"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,)");
    tally.feed_answer(R"("completion_tokens":2,"total_tokens":3}})");
    tally.finish_answer();
    EXPECT_EQ(exchange.output, "hello");
    EXPECT_EQ(exchange.stop_reason, "length");
    EXPECT_EQ(exchange.usage.completion_tokens, 2U);
}

TEST(Tally, GivesUpOnWhatIsTooLong) {
    llm::openai::AnswerReader reader;
    Exchange exchange;
    Tally tally(reader, exchange, KeepText::yes);
    feed(tally, "data: " + std::string(Tally::most_kept + 1, 'x'));
    feed(tally, "\n\n");
    feed(tally, stream);
    EXPECT_EQ(exchange.usage.total_tokens, 5U);
}

}  // namespace
}  // namespace sluice::gateway
