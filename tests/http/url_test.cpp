#include "http/url.hpp"

#include "expect_error.hpp"

#include <string>

namespace sluice::http {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(BaseUrl, ReadsSchemeHostPortAndPath) {
    EXPECT_EQ(parse_base_url("https://api.example.com/v1"),
              (BaseUrl{Scheme::https, "api.example.com", 443, "/v1"}));
    EXPECT_EQ(parse_base_url("HTTP://Local_Host:8080//a/b//"),
              (BaseUrl{Scheme::http, "local_host", 8080, "//a/b"}));
    EXPECT_EQ(parse_base_url("http://127.0.0.1"), (BaseUrl{Scheme::http, "127.0.0.1", 80, ""}));
    EXPECT_EQ(parse_base_url("http://h/"), (BaseUrl{Scheme::http, "h", 80, ""}));
}

TEST(BaseUrl, ReadsIpv6AddressesInBrackets) {
    const BaseUrl url = parse_base_url("https://[2001:DB8::1]:8443/x");
    EXPECT_EQ(url, (BaseUrl{Scheme::https, "2001:db8::1", 8443, "/x"}));
    EXPECT_EQ(url.authority(), "[2001:db8::1]:8443");
    EXPECT_EQ(parse_base_url("http://[::1]").authority(), "[::1]");
    EXPECT_EQ(parse_base_url("http://[::1]").endpoint(), "[::1]:80");
}

TEST(BaseUrl, LeavesTheUsualPortOutOfTheAuthority) {
    EXPECT_EQ(parse_base_url("https://a:443").authority(), "a");
    EXPECT_EQ(parse_base_url("http://a:443").authority(), "a:443");
    EXPECT_EQ(parse_base_url("https://a").endpoint(), "a:443");
}

TEST(BaseUrl, SaysWhatIsWrong) {
    EXPECT_ERROR_SAYING(parse_base_url("ftp://a"), ErrorCode::invalid_input,
                        "must be a URL that begins with http:// or https://, not \"ftp://a\"");
    EXPECT_ERROR_SAYING(parse_base_url("api.example.com"), ErrorCode::invalid_input,
                        HasSubstr("begins with http:// or https://"));
    EXPECT_ERROR_SAYING(parse_base_url("http://a:0"), ErrorCode::invalid_input,
                        "must be a URL with a port from 1 to 65535, not \"http://a:0\"");
    EXPECT_ERROR_SAYING(parse_base_url("http://a?b=c"), ErrorCode::invalid_input,
                        HasSubstr("without query and fragment"));
}

TEST(BaseUrl, RefusesWhatIsNoAddress) {
    for (const std::string_view text :
         {"", "http", "http://", "https:///v1", "http://a:", "http://a:x", "http://a:65536",
          "http://a:+1", "http://a b", "http://a\r\nX: y", "http://[::1", "http://[::1]x",
          "http://[a]", "http://::1", "http://a,b", "http://a%41", "http://\xc3\xa9"}) {
        EXPECT_ERROR(parse_base_url(text), ErrorCode::invalid_input);
    }
}

TEST(BaseUrl, RefusesUserAndPasswordWithoutShowingThem) {
    EXPECT_ERROR_SAYING(
        parse_base_url("https://me:secret@host/"), ErrorCode::invalid_input,
        testing::AllOf(HasSubstr("without user and password"), Not(HasSubstr("secret"))));
    EXPECT_ERROR_SAYING(parse_base_url("htp://me:secret@host/"), ErrorCode::invalid_input,
                        Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace sluice::http
