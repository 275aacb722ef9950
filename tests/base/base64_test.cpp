#include "base/base64.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

std::string encoded(std::string_view bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
}

const std::vector<std::pair<std::string, std::string>> known = {{"", ""},
                                                                {"f", "Zg=="},
                                                                {"fo", "Zm8="},
                                                                {"foo", "Zm9v"},
                                                                {"foob", "Zm9vYg=="},
                                                                {"fooba", "Zm9vYmE="},
                                                                {"foobar", "Zm9vYmFy"},
                                                                {"\xFF\xEF\xFE", "/+/+"}};

TEST(Base64, WritesTheVectorsOfItsStandard) {
    for (const auto& [bytes, text] : known) EXPECT_EQ(encoded(bytes), text);
}

TEST(Base64, AppendsToWhatIsThere) {
    std::string out = "body:";
    append_base64(out, "foo");
    EXPECT_EQ(out, "body:Zm9v");
}

TEST(Base64, ReadsWithAndWithoutPadding) {
    for (const auto& [bytes, text] : known) {
        std::string out = "old";
        EXPECT_TRUE(decode_base64(text, out));
        EXPECT_EQ(out, bytes);
        EXPECT_TRUE(decode_base64(text.substr(0, text.find('=')), out));
        EXPECT_EQ(out, bytes);
    }
}

TEST(Base64, RefusesWhatIsNoBase64) {
    std::string out;
    for (const auto* text : {"Zg=", "Z", "Zm9vY", "Zm9v=", "Zm 9v", "Zm9v\n", "Zm-_", "=",
                             "====", "Zg==Zg==", "\x80m9v", "Zm9v Z", "a==="})
        EXPECT_FALSE(decode_base64(text, out)) << text;
}

TEST(Base64, KeepsEveryByteOfEveryLength) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        std::string out;
        EXPECT_TRUE(decode_base64(encoded(bytes), out));
        EXPECT_EQ(out, bytes);
        bytes.push_back(static_cast<char>(i * 7));
    }
}

}  // namespace
}  // namespace sluice
