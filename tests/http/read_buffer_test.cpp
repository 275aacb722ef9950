#include "http/read_buffer.hpp"

#include "expect_error.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

namespace sluice::http {
namespace {

void append(ReadBuffer& buffer, std::string_view bytes) {
    buffer.make_room(bytes.size());
    std::memcpy(buffer.space().data(), bytes.data(), bytes.size());
    buffer.commit(bytes.size());
}

TEST(ReadBuffer, TakesNoMemoryBeforeItIsAsked) {
    ReadBuffer buffer;
    EXPECT_EQ(buffer.capacity(), 0u);
    EXPECT_TRUE(buffer.view().empty());
    buffer.make_room();
    EXPECT_EQ(buffer.capacity(), 4096u);
}

TEST(ReadBuffer, HoldsWhatWasCommittedUntilItIsConsumed) {
    ReadBuffer buffer;
    append(buffer, "one two");
    EXPECT_EQ(buffer.view(), "one two");
    buffer.consume(4);
    EXPECT_EQ(buffer.view(), "two");
    append(buffer, " three");
    EXPECT_EQ(buffer.view(), "two three");
}

TEST(ReadBuffer, ClosesTheGapOfWhatIsErased) {
    ReadBuffer buffer;
    append(buffer, "one two three");
    buffer.consume(4);
    buffer.erase(3, 1);
    EXPECT_EQ(buffer.view(), "twothree");
    buffer.erase(0, 8);
    EXPECT_TRUE(buffer.empty());
}

TEST(ReadBuffer, LetsSixtyFourBytesBehindTheLastOneBeRead) {
    ReadBuffer buffer(16, 16);
    append(buffer, "0123456789abcdef");
    const char* const behind = buffer.view().data() + buffer.size();
    // Under AddressSanitizer this is the test; the sum keeps the compiler from leaving it out.
    int sum = 0;
    for (std::size_t at = 0; at < ReadBuffer::padding; ++at) sum |= behind[at] & 0;
    EXPECT_EQ(sum, 0);
}

TEST(ReadBuffer, RefusesToGrowAboveItsLimitAndKeepsWhatItHas) {
    ReadBuffer buffer(8, 16);
    append(buffer, "0123456789");
    EXPECT_ERROR_SAYING(buffer.make_room(7), ErrorCode::memory_limit,
                        "a connection's buffer would hold more than 16 bytes");
    EXPECT_ERROR(buffer.reserve_total(17), ErrorCode::memory_limit);
    EXPECT_EQ(buffer.view(), "0123456789");
    buffer.make_room(6);
    EXPECT_GE(buffer.space().size(), 6u);
}

TEST(ReadBuffer, ReservesForAWholeBodyAtOnce) {
    ReadBuffer buffer(4096, 200'000);
    append(buffer, "begin");
    buffer.reserve_total(100'000);
    const char* const begin = buffer.data();
    EXPECT_EQ(buffer.view(), "begin");
    EXPECT_GE(buffer.space().size(), 99'995u);
    append(buffer, std::string(99'995, 'x'));
    EXPECT_EQ(buffer.data(), begin) << "the body was moved while it came";
}

TEST(ReadBuffer, OffersMoreRoomWhenReadsFillIt) {
    ReadBuffer buffer(4096, 1 << 20);
    buffer.make_room();
    buffer.commit(4096);
    buffer.consume(4096);
    buffer.make_room();
    EXPECT_GE(buffer.space().size(), 8192u);
}

TEST(ReadBuffer, GivesItsMemoryBackOnlyWhenItHoldsNothing) {
    ReadBuffer buffer;
    append(buffer, "x");
    buffer.release();
    EXPECT_EQ(buffer.view(), "x");
    buffer.consume(1);
    buffer.release();
    EXPECT_EQ(buffer.capacity(), 0u);
}

TEST(ReadBuffer, LeavesTheOtherEmptyWhenMoved) {
    ReadBuffer from;
    append(from, "bytes");
    ReadBuffer to(std::move(from));
    EXPECT_EQ(to.view(), "bytes");
    from = ReadBuffer();
    EXPECT_TRUE(from.empty());
}

TEST(ReadBuffer, ActsLikeAStringUnderAnySequenceOfSteps) {
    std::mt19937 random(1);
    ReadBuffer buffer(16, 4096);
    std::string expected;
    for (int step = 0; step < 20'000; ++step) {
        const std::size_t bytes = random() % 40;
        switch (random() % 4) {
            case 0:
            case 1:
                if (expected.size() + bytes > 2000) break;
                append(buffer, std::string(bytes, static_cast<char>('a' + step % 26)));
                expected.append(bytes, static_cast<char>('a' + step % 26));
                break;
            case 2: {
                const std::size_t used = std::min(bytes * 2, expected.size());
                buffer.consume(used);
                expected.erase(0, used);
                break;
            }
            default: {
                const std::size_t offset = expected.empty() ? 0 : random() % expected.size();
                const std::size_t out = std::min(bytes, expected.size() - offset);
                buffer.erase(offset, out);
                expected.erase(offset, out);
            }
        }
        ASSERT_EQ(buffer.view(), expected) << "after step " << step;
    }
}

}  // namespace
}  // namespace sluice::http
