#include "base/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

TEST(Glob, TakesStarsForAnythingAndQuestionMarksForOneByte) {
    EXPECT_TRUE(glob_matches("gpt-*", "gpt-4o"));
    EXPECT_TRUE(glob_matches("gpt-*", "gpt-"));
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("*/gpt-?o*", "openai/gpt-4o-mini"));
    EXPECT_TRUE(glob_matches("a*b*c", "a-b-b-c"));
    EXPECT_FALSE(glob_matches("gpt-*", "GPT-4o"));
    EXPECT_FALSE(glob_matches("gpt-?", "gpt-"));
    EXPECT_FALSE(glob_matches("a*b", "a-b-c"));
    EXPECT_FALSE(glob_matches("", "a"));
    EXPECT_TRUE(glob_matches("[a]", "[a]"));
}

TEST(Glob, IsDoneSoonWithPatternsMadeToTakeLong) {
    std::string pattern;
    for (int i = 0; i < 50; ++i) pattern += "*a";
    EXPECT_FALSE(glob_matches(pattern + "b", std::string(10'000, 'a')));
}

}  // namespace
}  // namespace sluice
