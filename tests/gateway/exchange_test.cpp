#include "gateway/exchange.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sluice::gateway {
namespace {

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
    EXPECT_EQ(make_uuid(0x0123456789abcdef, 0x0123456789abcdef),
              "01234567-89ab-4def-8123-456789abcdef");
    EXPECT_EQ(make_uuid(~0ULL, ~0ULL), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    std::mt19937_64 random(1);
    EXPECT_NE(request_id_for({}, random), request_id_for({}, random));
}

}  // namespace
}  // namespace sluice::gateway
