#include "http/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Query, DecodesKeysAndValuesInTheirOrder) {
    EXPECT_THAT(parse_query("b=2&a=one+two&c%5B%5D=%c3%a9"),
                ElementsAre(Pair("b", "2"), Pair("a", "one two"), Pair("c[]", "\xc3\xa9")));
}

TEST(Query, KeepsWhatIsNoEscapeAsItIs) {
    EXPECT_THAT(parse_query("a=100%&b=%zz&c=%4"),
                ElementsAre(Pair("a", "100%"), Pair("b", "%zz"), Pair("c", "%4")));
}

TEST(Query, ReadsKeysWithoutValuesAndSkipsEmptyPairs) {
    EXPECT_THAT(parse_query("&a&&b=&=c"), ElementsAre(Pair("a", ""), Pair("b", ""), Pair("", "c")));
    EXPECT_THAT(parse_query(""), ElementsAre());
}

TEST(Query, EncodesSoThatItReadsTheSameAgain) {
    const std::vector<std::pair<std::string, std::string>> pairs{{"a b", "c&d=e"}, {"%", "\xff"}};
    EXPECT_EQ(format_query(pairs), "a%20b=c%26d%3De&%25=%FF");
    EXPECT_EQ(parse_query(format_query(pairs)), pairs);
}

}  // namespace
}  // namespace sluice::http
