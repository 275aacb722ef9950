#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "http_guest.hpp"

namespace sluice {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tests::always;
using tests::call;
using tests::get;
using tests::HttpServer;
using tests::plugin_for;
using tests::response;
using tests::site;

TEST(GuestHttp, SendsMethodHeadersAndBody) {
    HttpServer server(always(response("200 OK", "hello")));
    Plugin plugin = plugin_for();
    plugin.set_variable("body", as_bytes("from the guest"));

    EXPECT_EQ(call(plugin, "send",
                   get(server.url("/path?query=1"),
                       R"(,"method":"post","headers":{"X-One":"1","x-empty":""})")),
              "hello");

    const HttpServer::Request request = server.requests().at(0);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/path?query=1");
    EXPECT_EQ(request.body, "from the guest");
    EXPECT_EQ(request.header("X-One"), "1");
    EXPECT_THAT(request.head, HasSubstr("\r\nx-empty:\r\n"));
    EXPECT_EQ(request.header("Content-Length"), "14");
    EXPECT_EQ(request.header("Host"), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_THAT(request.header("User-Agent"), StartsWith("sluice/"));
    EXPECT_EQ(request.header("Accept"), "*/*");
    EXPECT_EQ(request.header("Accept-Encoding"), "gzip");
    EXPECT_THAT(request.head, AllOf(Not(HasSubstr("Content-Type")), Not(HasSubstr("Expect"))));
}

TEST(GuestHttp, SendsAGetUnlessToldOtherwise) {
    HttpServer server(site({}));
    Plugin plugin = plugin_for();

    EXPECT_EQ(call(plugin, "send", get(server.url())), "GET ");
    EXPECT_EQ(call(plugin, "send", get(server.url(), R"(,"method":null,"headers":{})")), "GET ");
    EXPECT_EQ(call(plugin, "send", get(server.url(), R"(,"method":"foo")")), "FOO ");
    EXPECT_EQ(call(plugin, "send", get(server.url(), R"(,"method":"PUT")")), "PUT ");
    EXPECT_EQ(server.requests().at(3).header("Content-Length"), "0");
    plugin.set_variable("body", as_bytes("a body"));
    EXPECT_EQ(call(plugin, "send", get(server.url())), "GET a body");
    EXPECT_EQ(call(plugin, "send", get(server.url(), R"(,"method":"DELETE")")), "DELETE a body");
}

TEST(GuestHttp, SendsBodiesOfEverySize) {
    HttpServer server(site({}));
    Plugin plugin = plugin_for();
    plugin.set_variable("body", as_bytes(std::string(1'000'000, 'x')));

    EXPECT_TRUE(call(plugin, "send", get(server.url(), R"(,"method":"POST")")) ==
                "POST " + std::string(1'000'000, 'x'));
}

TEST(GuestHttp, TakesTheOldNameOfItsHeaders) {
    HttpServer server(always(response("200 OK")));
    Plugin plugin = plugin_for();

    call(plugin, "send", get(server.url(), R"(,"header":{"X-One":"1"})"));

    EXPECT_EQ(server.requests().at(0).header("X-One"), "1");
}

TEST(GuestHttp, LeavesOutHeadersThatBelongToTheConnection) {
    HttpServer server(always(response("200 OK")));
    Plugin plugin = plugin_for();

    call(plugin, "send",
         get(server.url(), R"(,"headers":{"Host":"other.example","CONTENT-LENGTH":"99",
             "Transfer-Encoding":"chunked","Connection":"X-One","Upgrade":"h2c","X-One":"1"})"));

    EXPECT_THAT(
        server.requests().at(0).head,
        AllOf(HasSubstr("X-One: 1"), Not(HasSubstr("other")), Not(HasSubstr(": 99")),
              Not(HasSubstr("chunked")), Not(HasSubstr("Connection")), Not(HasSubstr("Upgrade"))));
}

TEST(GuestHttp, GivesTheHandleZeroForAnEmptyBody) {
    HttpServer server(site({{"/none", "HTTP/1.1 204 No Content\r\n\r\n"},
                            {"/empty", response("200 OK")},
                            {"/head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}}));
    Plugin plugin = plugin_for();

    EXPECT_EQ(call(plugin, "handles", get(server.url("/none"))), "0");
    EXPECT_EQ(call(plugin, "status"), "204");
    EXPECT_EQ(call(plugin, "handles", get(server.url("/empty"))), "0");
    EXPECT_EQ(call(plugin, "handles", get(server.url("/head"), R"(,"method":"HEAD")")), "0");
    EXPECT_EQ(call(plugin, "status"), "200");
}

TEST(GuestHttp, FreesRequestAndBody) {
    HttpServer server(always(response("200 OK", std::string(1'000, 'x'))));
    Plugin plugin = plugin_for();
    plugin.set_variable("body", as_bytes("a body"));

    EXPECT_EQ(call(plugin, "handles", get(server.url())), "2");
}

TEST(GuestHttp, DeliversWhateverTheStatus) {
    HttpServer server(site({{"/404", response("404 Not Found", "no such page")},
                            {"/500", response("500 Internal Server Error", "oops")}}));
    Plugin plugin = plugin_for();

    EXPECT_EQ(call(plugin, "send", get(server.url("/404"))), "no such page");
    EXPECT_EQ(call(plugin, "status"), "404");
    EXPECT_EQ(call(plugin, "send", get(server.url("/500"))), "oops");
    EXPECT_EQ(call(plugin, "status"), "500");
}

TEST(GuestHttp, KeepsTheStatusOfTheLastRequest) {
    HttpServer server(always(response("201 Created", "made")));
    Plugin plugin = plugin_for();

    EXPECT_EQ(call(plugin, "status"), "000");
    call(plugin, "send", get(server.url()));
    EXPECT_EQ(call(plugin, "status"), "201");
    EXPECT_EQ(call(plugin, "status"), "201");

    EXPECT_ERROR(call(plugin, "send", get("http://example.com/")), ErrorCode::trap);
    plugin.reset();
    EXPECT_EQ(call(plugin, "status"), "000");
}

TEST(GuestHttp, ShowsResponseHeadersOnlyWhenTheHostAllowsIt) {
    HttpServer server(always(response("200 OK", "hello",
                                      "X-B: one\r\nx-a: \"quoted\"\r\nX-B: two\r\n"
                                      "X-Wide: caf\xC3\xA9\r\n")));
    Plugin closed = plugin_for();
    Plugin open = plugin_for({"127.0.0.1"}, {.http_response_headers = true});

    EXPECT_EQ(call(closed, "headers"), "-");
    EXPECT_EQ(call(open, "headers"), "{}");
    for (Plugin* plugin : {&closed, &open}) call(*plugin, "send", get(server.url()));
    EXPECT_EQ(call(closed, "headers"), "-");
    EXPECT_EQ(call(open, "headers"),
              R"({"content-length":"5","x-a":"\"quoted\"","x-b":"one, two"})");
}

TEST(GuestHttp, NamesWhatIsWrongWithARequest) {
    const auto refusal = [](const std::string& json, const auto& matcher) {
        Plugin plugin = plugin_for();
        EXPECT_ERROR_SAYING(call(plugin, "send", json), ErrorCode::trap, matcher);
    };
    refusal("", HasSubstr("invalid JSON"));
    refusal("{", HasSubstr("invalid JSON"));
    refusal("[]", HasSubstr("invalid HTTP request: it must be a JSON object"));
    refusal("{}", HasSubstr("invalid HTTP request: it needs `url`"));
    refusal(R"({"url":1})", HasSubstr("invalid HTTP request: `url` must be a text"));
    refusal(R"({"url":"http://a","url":"http://b"})", HasSubstr("`url` stands twice"));
    refusal(get("http://127.0.0.1", R"(,"timeout":1)"),
            HasSubstr("its keys are `url`, `method` and `headers`"));
    refusal(get("http://127.0.0.1", R"(,"method":1)"), HasSubstr("`method` must be a text"));
    refusal(get("http://127.0.0.1", R"(,"headers":null)"),
            HasSubstr("`headers` must be an object"));
    refusal(get("http://127.0.0.1", R"(,"headers":{"a":1})"),
            HasSubstr("`headers.*` must be a text"));
    refusal(get("http://127.0.0.1", R"(,"headers":{},"header":{})"),
            HasSubstr("`headers` stands twice"));
    refusal(get("http://127.0.0.1", R"(,"method":"GET /x HTTP/1.1")"),
            HasSubstr("the method is not a token"));
    refusal(get("http://127.0.0.1", R"(,"headers":{"a b":"1"})"),
            HasSubstr("a header's name is not a token"));
    refusal(get("http://127.0.0.1", R"(,"headers":{"a":"1\r\nb: secret"})"),
            AllOf(HasSubstr("the header `a` holds control bytes"), Not(HasSubstr("secret"))));
    refusal(get("nonsense"), HasSubstr("invalid URL: "));
    refusal(get("file:///etc/passwd"),
            HasSubstr("invalid URL: its scheme must be http or https, not file"));
}

TEST(GuestHttp, NamesHandlesWithoutABlock) {
    const auto refusal = [](std::string_view function, const char* text) {
        Plugin plugin = plugin_for();
        EXPECT_ERROR_SAYING(call(plugin, function, "{}"), ErrorCode::trap, HasSubstr(text));
    };
    refusal("bad_request", "invalid handle for the HTTP request: 5");
    refusal("bad_body", "invalid handle for the HTTP request's body: 7");
    refusal("no_request", "invalid JSON");
}

TEST(GuestHttp, FailsWhenNobodyListens) {
    std::string url;
    {
        const HttpServer server(site({}));
        url = server.url();
    }
    Plugin plugin = plugin_for();

    EXPECT_ERROR_SAYING(call(plugin, "send", get(url)), ErrorCode::trap,
                        HasSubstr("HTTP request to 127.0.0.1 failed: Failed to connect"));
}

TEST(GuestHttp, FailsWhenTheServerBreaksOff) {
    HttpServer server(
        always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n01234"));
    Plugin plugin = plugin_for();

    EXPECT_ERROR_SAYING(call(plugin, "send", get(server.url())), ErrorCode::trap,
                        HasSubstr("HTTP request to 127.0.0.1 failed: "));
}

}  // namespace
}  // namespace sluice
