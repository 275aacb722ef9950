#include "hooks/log_lines.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::hooks {
namespace {

TEST(LogLines, GivesWhatCameBehindALine) {
    LogLines lines;
    EXPECT_TRUE(lines.after(0).empty());
    lines.add("info", "one");
    lines.add("warning", "two");
    const auto all = lines.after(0);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].number, 1U);
    EXPECT_EQ(all[0].text, "one");
    EXPECT_EQ(all[1].level, "warning");
    ASSERT_EQ(lines.after(1).size(), 1U);
    EXPECT_EQ(lines.after(1)[0].text, "two");
    EXPECT_TRUE(lines.after(2).empty());
    EXPECT_EQ(lines.last(), 2U);
}

TEST(LogLines, ForgetsTheOldestAndKeepsTheirNumbers) {
    LogLines lines;
    for (int i = 1; i <= 502; ++i) lines.add("info", std::to_string(i));
    const auto all = lines.after(0);
    ASSERT_EQ(all.size(), LogLines::most_lines);
    EXPECT_EQ(all.front().number, 3U);
    EXPECT_EQ(all.back().text, "502");
}

}  // namespace
}  // namespace sluice::hooks
