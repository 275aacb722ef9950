#include "gateway/recording.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway {
namespace {

TEST(Recording, KeepsBothBodies) {
    Recording recording("ask", 10);
    recording.keep_answer(429, "no");
    const store::RecordedBodies bodies = recording.take();
    EXPECT_EQ(bodies.request, "ask");
    EXPECT_EQ(bodies.answer, "no");
    EXPECT_EQ(bodies.answer_status, 429);
    EXPECT_FALSE(bodies.answer_is_stream);
    EXPECT_FALSE(bodies.request_too_large);
    EXPECT_FALSE(bodies.answer_too_large);
}

TEST(Recording, KeepsABodyOfExactlyItsBoundAndNoneBeyond) {
    Recording fits("12345", 5);
    fits.begin_answer(200, Recording::Form::plain);
    fits.add("123");
    fits.add("45");
    fits.end_answer();
    const store::RecordedBodies kept = fits.take();
    EXPECT_EQ(kept.request, "12345");
    EXPECT_EQ(kept.answer, "12345");

    Recording large("123456", 5);
    large.begin_answer(200, Recording::Form::plain);
    large.add("12345");
    large.add("6");
    large.add("7");
    large.end_answer();
    const store::RecordedBodies left_out = large.take();
    EXPECT_TRUE(left_out.request_too_large);
    EXPECT_EQ(left_out.request, "");
    EXPECT_TRUE(left_out.answer_too_large);
    EXPECT_EQ(left_out.answer, "");
    EXPECT_EQ(left_out.answer_status, 200);
}

TEST(Recording, ForgetsAPlainAnswerThatBrokeOffAndKeepsAStreamAsFarAsItCame) {
    Recording plain("ask", 100);
    plain.begin_answer(200, Recording::Form::plain);
    plain.add("{\"half\":");
    const store::RecordedBodies without = plain.take();
    EXPECT_EQ(without.answer, "");
    EXPECT_EQ(without.answer_status, 0);

    Recording stream("ask", 100);
    stream.begin_answer(200, Recording::Form::stream);
    stream.add("data: {}\n\n");
    const store::RecordedBodies with = stream.take();
    EXPECT_EQ(with.answer, "data: {}\n\n");
    EXPECT_TRUE(with.answer_is_stream);
}

TEST(Recording, AnswersWithNothingWhenNoProviderWasAsked) {
    Recording recording("ask", 100);
    EXPECT_EQ(recording.take().answer_status, 0);
}

}  // namespace
}  // namespace sluice::gateway
