#include "gateway/exchange.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sluice::gateway {
namespace {

std::string request_id_for(std::string_view given, std::mt19937_64& random) {
    std::string id = "of the request before";
    assign_request_id(id, given, random);
    return id;
}

std::string uuid(std::uint64_t high, std::uint64_t low) {
    std::string text;
    assign_uuid(text, make_uuid(high, low));
    return text;
}

TEST(RequestId, KeepsTheClientsOwn) {
    std::mt19937_64 random(1);
    EXPECT_EQ(request_id_for("r-81", random), "r-81");
}

TEST(RequestId, ReplacesWhatIsNotFitForLogsAndHeads) {
    EXPECT_FALSE(is_sound_request_id(""));
    EXPECT_FALSE(is_sound_request_id("two words"));
    EXPECT_FALSE(is_sound_request_id("a\"b"));
    EXPECT_FALSE(is_sound_request_id("a\x01"));
    EXPECT_FALSE(is_sound_request_id(std::string(129, 'x')));
    EXPECT_TRUE(is_sound_request_id(std::string(128, 'x')));
}

TEST(RequestId, IsARandomUuidOtherwise) {
    EXPECT_EQ(uuid(0x0123456789abcdef, 0x0123456789abcdef), "01234567-89ab-4def-8123-456789abcdef");
    EXPECT_EQ(uuid(~0ULL, ~0ULL), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    std::mt19937_64 random(1);
    EXPECT_NE(request_id_for({}, random), request_id_for({}, random));
}

TEST(Exchange, ClearsAllButTheMemoryOfSmallTexts) {
    Exchange exchange{
        .status = 500, .cancelled = true, .error = "no", .input = std::string(9'000, 'x')};
    exchange.output.assign(100, 'y');
    const auto kept = exchange.output.capacity();
    exchange.clear();
    EXPECT_EQ(exchange.status, 0);
    EXPECT_FALSE(exchange.cancelled);
    EXPECT_EQ(exchange.error + exchange.input + exchange.output, "");
    EXPECT_EQ(exchange.output.capacity(), kept);
    EXPECT_LT(exchange.input.capacity(), 9'000U);
}

}  // namespace
}  // namespace sluice::gateway
