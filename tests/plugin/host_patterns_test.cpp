#include "plugin/host_patterns.hpp"

#include "expect_error.hpp"

#include <chrono>
#include <string>

namespace sluice {
namespace {

using testing::HasSubstr;

bool fits(const std::string& pattern, std::string_view host) {
    return HostPatterns({pattern}).match(host) != HostMatch::none;
}

TEST(HostPatterns, FitAsShellsFitNames) {
    EXPECT_TRUE(fits("example.com", "example.com"));
    EXPECT_FALSE(fits("example.com", "example.org"));
    EXPECT_FALSE(fits("example.com", "www.example.com"));
    EXPECT_FALSE(fits("example.com", "example.com.evil.org"));

    for (const char* pattern :
         {"*", "**", "***", "127.*", "127.0.0.*", "127.?.0.1", "127.[0-9].0.1", "127.[!1-9].0.1",
          "127.[^1-9].0.1", "*.1", "*0*0*"})
        EXPECT_TRUE(fits(pattern, "127.0.0.1")) << pattern;
    EXPECT_FALSE(fits("127.[1-9].0.1", "127.0.0.1"));
    EXPECT_FALSE(fits("127.??.0.1", "127.0.0.1"));

    EXPECT_TRUE(fits("*.example.com", "a.example.com"));
    EXPECT_TRUE(fits("*.example.com", "a.b.example.com"));
    EXPECT_FALSE(fits("*.example.com", "example.com"));
    EXPECT_FALSE(fits("*.example.com", "a.example.com.evil.org"));
    EXPECT_TRUE(fits("[ab]pi.[x-z]*", "api.zone"));
    EXPECT_FALSE(fits("", "a"));
}

TEST(HostPatterns, FitWhateverTheCase) {
    EXPECT_TRUE(fits("LOCALHOST", "localhost"));
    EXPECT_TRUE(fits("[A-C]*.Example.com", "b1.example.com"));
}

TEST(HostPatterns, FitHostsAlone) {
    EXPECT_FALSE(fits("localhost:80", "localhost"));
    EXPECT_FALSE(fits("http://localhost", "localhost"));
    EXPECT_FALSE(fits("localhost/", "localhost"));
    EXPECT_TRUE(fits("localhost.", "localhost"));
}

TEST(HostPatterns, FitEachTextInBraces) {
    for (const char* host : {"a", "b"}) EXPECT_TRUE(fits("{a,b}", host));
    EXPECT_FALSE(fits("{a,b}", "c"));
    for (const char* host : {"api.one.com", "api.two.com", "web.one.com", "web.two.com"})
        EXPECT_TRUE(fits("{api,web}.{one,two}.com", host)) << host;
    for (const char* host : {"x1", "xy2", "xy3", "x"})
        EXPECT_TRUE(fits("x{1,y{2,[3,]},}", host)) << host;
    EXPECT_TRUE(fits("{*.a,b?}.com", "x.a.com"));
    EXPECT_TRUE(fits("a[{]", "a{"));
}

TEST(HostPatterns, FitAnAddressInItsUsualSpelling) {
    for (const char* pattern : {"::1", "[::1]", "0:0:0:0:0:0:0:1", "[0::1]", "::*", "{[::1],a}"})
        EXPECT_TRUE(fits(pattern, "::1")) << pattern;
    EXPECT_TRUE(fits("::ffff:127.0.0.1", "127.0.0.1"));
    EXPECT_TRUE(fits("FE80::A", "fe80::a"));
}

TEST(HostPatterns, TellWhoWasNamedFromWhoFitsAWildcard) {
    const auto match = [](const char* pattern, std::string_view host) {
        return HostPatterns({pattern}).match(host);
    };
    for (const char* pattern : {"localhost", "{a,localhost}", "[l]ocalhost", "LocalHost."})
        EXPECT_EQ(match(pattern, "localhost"), HostMatch::named) << pattern;
    for (const char* pattern : {"*", "local*", "?ocalhost", "[a-z]ocalhost", "{*,a}"})
        EXPECT_EQ(match(pattern, "localhost"), HostMatch::wildcard) << pattern;

    for (const char* pattern : {"10.1.2.3", "10.*", "10.?.2.3", "10.[0-9].2.3", "{9,10}.*"})
        EXPECT_EQ(match(pattern, "10.1.2.3"), HostMatch::named) << pattern;
    for (const char* pattern : {"*", "1*", "1?.1.2.3", "*.3", "[0-9]*.1.2.3"})
        EXPECT_EQ(match(pattern, "10.1.2.3"), HostMatch::wildcard) << pattern;
    EXPECT_EQ(match("fd00:*", "fd00::1"), HostMatch::named);
    EXPECT_EQ(match("*:1", "fd00::1"), HostMatch::wildcard);
    EXPECT_EQ(match("10.*", "10.example.com"), HostMatch::wildcard);

    EXPECT_EQ(HostPatterns({"*", "localhost"}).match("localhost"), HostMatch::named);
    EXPECT_EQ(HostPatterns({"a", "b"}).match("c"), HostMatch::none);
    EXPECT_EQ(HostPatterns({}).match("c"), HostMatch::none);
}

TEST(HostPatterns, RefuseWhatIsNoPattern) {
    for (const char* pattern : {"[", "a[b", "]", "a]b", "[]", "[!]", "[z-a]", "{", "{a", "{a,b",
                                "}", "a}b", "{a}}", "{[}"})
        EXPECT_ERROR_SAYING(
            check_host_patterns({"fine.com", pattern}), ErrorCode::invalid_input,
            HasSubstr("allowed_hosts: `" + std::string(pattern) + "` is not a pattern: "));
    EXPECT_NO_THROW(check_host_patterns({"*.com", "{a,b}", ""}));
}

TEST(HostPatterns, AreBounded) {
    std::string pattern;
    for (int i = 0; i < 8; ++i) pattern += "{a,b}";
    EXPECT_NO_THROW(check_host_patterns({pattern}));
    EXPECT_ERROR_SAYING(check_host_patterns({pattern + "{a,b}"}), ErrorCode::invalid_input,
                        HasSubstr("its braces stand for more than 256"));
    EXPECT_ERROR_SAYING(check_host_patterns({std::string(1025, 'a')}), ErrorCode::invalid_input,
                        HasSubstr("it is longer than 1024 bytes"));
    EXPECT_NO_THROW(check_host_patterns({std::string(500, '{') + std::string(500, '}')}));
}

TEST(HostPatterns, TakeNoLongerForManyStars) {
    std::string pattern;
    for (int i = 0; i < 100; ++i) pattern += "*a";
    const HostPatterns patterns({pattern + "b"});

    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(patterns.match(std::string(253, 'a')), HostMatch::none);
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

}  // namespace
}  // namespace sluice
