#include "base/json_text.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::string_view_literals;

TEST(JsonText, EscapesWhatJsonForbidsInTexts) {
    EXPECT_EQ(json_text("a\"b\\c\n\t\r\b\f\x01\x1f"sv), R"("a\"b\\c\n\t\r\b\f\u0001\u001f")");
    EXPECT_EQ(json_text("\0"sv), R"("\u0000")");
    EXPECT_EQ(json_text(""), R"("")");
}

TEST(JsonText, KeepsUtf8AsItIs) {
    EXPECT_EQ(json_text("Zürich 東京 🚀"), "\"Zürich 東京 🚀\"");
}

TEST(JsonText, ReplacesBytesThatAreNotUtf8) {
    EXPECT_EQ(json_text("a\xFFz"sv), "\"a\xEF\xBF\xBDz\"");
    EXPECT_EQ(json_text("\xC3"sv), "\"\xEF\xBF\xBD\"");                  // cut short
    EXPECT_EQ(json_text("\xC0\xAF"sv), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");  // overlong
    EXPECT_EQ(json_text("\xED\xA0\x80"sv).size(), 2 + 9);                // a surrogate
    EXPECT_EQ(json_text("\xF4\x90\x80\x80"sv).size(), 2 + 12);           // above U+10FFFF
}

}  // namespace
}  // namespace sluice
