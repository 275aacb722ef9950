#include "plugin/http_url.hpp"

#include "expect_error.hpp"

#include <string>

namespace sluice {
namespace {

std::string host_of(std::string_view url) {
    return parse_http_url(url).host;
}

TEST(HttpUrl, HasOneSpellingForEachHost) {
    EXPECT_EQ(host_of("http://example.com/"), "example.com");
    EXPECT_EQ(host_of("HTTP://user:pw@EXAMPLE.Com.:99/a?b#c"), "example.com");
    EXPECT_EQ(host_of("https://%65xample.com"), "example.com");
    EXPECT_EQ(host_of("http://xn--bcher-kva.example/"), "xn--bcher-kva.example");
}

TEST(HttpUrl, HasOneSpellingForEachAddress) {
    for (const char* url :
         {"http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
          "http://127.1/", "http://127.0.0.1./", "http://2130706433./", "http://0x7F000001/",
          "http://[::ffff:127.0.0.1]/", "http://%31%32%37.0.0.1/"})
        EXPECT_EQ(host_of(url), "127.0.0.1") << url;
    EXPECT_EQ(host_of("http://[0:0::0:1]/"), "::1");
    EXPECT_EQ(host_of("http://[FE80::A]:80/"), "fe80::a");
}

TEST(HttpUrl, IsPassedOnAsItWasChecked) {
    EXPECT_EQ(parse_http_url("HTTP://user:pw@EXAMPLE.com.:99/a b?c=d").text,
              "http://user:pw@example.com:99/a%20b?c=d");
    EXPECT_EQ(parse_http_url("http://2130706433./x").text, "http://127.0.0.1/x");
    EXPECT_EQ(parse_http_url("http://[0:0::0:1]/").text, "http://[::1]/");
}

TEST(HttpUrl, IsShownWithoutItsSecrets) {
    EXPECT_EQ(parse_http_url("http://user:pw@example.com/path?key=secret#part").shown,
              "http://example.com/path");
    EXPECT_EQ(parse_http_url("http://example.com/" + std::string(1000, 'x')).shown.size(), 256U);
}

TEST(HttpUrl, KnowsItsOrigin) {
    EXPECT_EQ(parse_http_url("http://a/x").origin, parse_http_url("http://A:80/y").origin);
    EXPECT_NE(parse_http_url("http://a/").origin, parse_http_url("https://a/").origin);
    EXPECT_NE(parse_http_url("http://a/").origin, parse_http_url("http://a:81/").origin);
    EXPECT_EQ(parse_http_url("http://[::1]/").origin, "http://[::1]:80");
}

TEST(HttpUrl, ResolvesARedirect) {
    const HttpUrl base = parse_http_url("http://user:pw@a/one/two?three");

    EXPECT_EQ(resolve_http_url(base, "four").text, "http://user:pw@a/one/four");
    EXPECT_EQ(resolve_http_url(base, "/four").text, "http://user:pw@a/four");
    EXPECT_EQ(resolve_http_url(base, "//b/four").host, "b");
    EXPECT_EQ(resolve_http_url(base, "https://b/four").text, "https://b/four");
    EXPECT_ERROR_SAYING(resolve_http_url(base, "file:///etc/passwd"), ErrorCode::invalid_input,
                        "invalid URL in a redirect by 'http://a/one/two': its scheme must be http "
                        "or https, not file");
}

TEST(HttpUrl, RefusesWhatIsNone) {
    for (const std::string_view url :
         {std::string_view(""), std::string_view("example.com"), std::string_view("/path"),
          std::string_view("http://"), std::string_view("http://a b/"),
          std::string_view("http://a\r\nX: y/"), std::string_view("http://a\0b/", 11),
          std::string_view("http://1.2.3.4.5/"), std::string_view("http://256.0.0.1/"),
          std::string_view("http://0x/"), std::string_view("http://a.../"),
          std::string_view("http://b\xC3\xBC\x63her.example/"),
          std::string_view("http://[fe80::1%25lo]/"), std::string_view("http://a:99999/")}) {
        SCOPED_TRACE(url);
        EXPECT_ERROR_SAYING(parse_http_url(url), ErrorCode::invalid_input,
                            testing::StartsWith("invalid URL: "));
    }
    EXPECT_ERROR(parse_http_url("http://" + std::string(300, 'a') + "/"), ErrorCode::invalid_input);
    for (const char* url : {"file:///etc/passwd", "ftp://a/", "gopher://a/", "data:,x"})
        EXPECT_ERROR(parse_http_url(url), ErrorCode::invalid_input);
}

}  // namespace
}  // namespace sluice
