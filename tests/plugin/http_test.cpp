#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "http_server.hpp"
#include "plugin/curl_client.hpp"
#include "plugins.hpp"

#include <cstdlib>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tests::call;
using tests::HttpServer;
using tests::response;

Manifest manifest_for(std::vector<std::string> allowed_hosts) {
    Manifest manifest = tests::manifest_of("extism_http");
    manifest.allowed_hosts = std::move(allowed_hosts);
    return manifest;
}

Plugin plugin_for(std::vector<std::string> allowed_hosts = {"127.0.0.1"},
                  PluginOptions options = {}) {
    return Plugin(manifest_for(std::move(allowed_hosts)), std::move(options));
}

/// The request's JSON; `more` begins with a comma.
std::string get(const std::string& url, const std::string& more = {}) {
    return R"({"url":")" + url + '"' + more + '}';
}

/// What the server answers to whatever it is asked.
HttpServer::Answer always(std::string text) {
    return [text = std::move(text)](const HttpServer::Request&) { return text; };
}

/// Answers each target with its text, and others with their method and body.
HttpServer::Answer site(std::map<std::string, std::string> pages) {
    return [pages = std::move(pages)](const HttpServer::Request& request) {
        const auto page = pages.find(request.target);
        if (page != pages.end()) return page->second;
        return response("200 OK", request.method + " " + request.body);
    };
}

std::string redirect(std::string_view status, const std::string& location) {
    return response(status, "moved", "Location: " + location + "\r\n");
}

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
        AllOf(HasSubstr("X-One: 1"), Not(HasSubstr("other")), Not(HasSubstr("99")),
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

TEST(GuestHttp, BoundsTheResponsesBody) {
    HttpServer server(site({{"/10", response("200 OK", "0123456789")},
                            {"/11", response("200 OK", "0123456789A")},
                            {"/chunks",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "6\r\n012345\r\n5\r\n6789A\r\n0\r\n\r\n"},
                            {"/open", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789"}}));
    Manifest manifest = manifest_for({"127.0.0.1"});
    manifest.memory.max_http_response_bytes = 10;
    Plugin plugin(manifest);

    EXPECT_EQ(call(plugin, "send", get(server.url("/10"))), "0123456789");
    EXPECT_EQ(call(plugin, "send", get(server.url("/open"))), "0123456789");
    for (const char* path : {"/11", "/chunks"}) {
        EXPECT_ERROR_SAYING(
            call(plugin, "send", get(server.url(path))), ErrorCode::trap,
            HasSubstr("HTTP response exceeds the configured maximum number of bytes: 10"));
        plugin.reset();
    }

    manifest.memory.max_http_response_bytes = 0;
    Plugin empty(manifest);
    EXPECT_EQ(call(empty, "handles", get(server.url("/10"), R"(,"method":"HEAD")")), "0");
    EXPECT_ERROR_SAYING(call(empty, "send", get(server.url("/10"))), ErrorCode::trap,
                        HasSubstr("maximum number of bytes: 0"));
}

TEST(GuestHttp, BoundsTheResponsesHeaders) {
    HttpServer server(
        site({{"/fine", response("200 OK", "fine", "X: " + std::string(60'000, 'x') + "\r\n")},
              {"/much", response("200 OK", "", "X: " + std::string(66'000, 'x') + "\r\n")}}));
    Plugin plugin = plugin_for();

    EXPECT_EQ(call(plugin, "send", get(server.url("/fine"))), "fine");
    EXPECT_ERROR_SAYING(call(plugin, "send", get(server.url("/much"))), ErrorCode::trap,
                        HasSubstr("the response's headers exceed 65536 bytes"));
}

/// 2000 times "a".
std::string gzipped() {
    using namespace std::string_literals;
    return "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x4b\x4c\x1c\x05\xa3\x60\x14\x8c\x82\x51"
           "\x30\x0a\x46\xc1\x50\x07\x00\x39\x3e\x13\xa8\xd0\x07\x00\x00"s;
}

TEST(GuestHttp, DecodesGzipUnlessTheGuestAsksForAnEncoding) {
    HttpServer server(always(response("200 OK", gzipped(), "Content-Encoding: gzip\r\n")));
    Plugin plugin = plugin_for({"127.0.0.1"}, {.http_response_headers = true});

    EXPECT_EQ(call(plugin, "send", get(server.url())), std::string(2'000, 'a'));
    EXPECT_EQ(call(plugin, "headers"), "{}");
    const std::string encoding = R"(,"headers":{"accept-encoding":"gzip, br"})";
    EXPECT_EQ(call(plugin, "send", get(server.url(), encoding)), gzipped());
    EXPECT_EQ(call(plugin, "headers"), R"({"content-encoding":"gzip","content-length":"35"})");
    EXPECT_EQ(server.requests().at(1).header("Accept-Encoding"), "gzip, br");
}

TEST(GuestHttp, BoundsTheBodyAsItIsDecoded) {
    HttpServer server(always(response("200 OK", gzipped(), "Content-Encoding: gzip\r\n")));
    Manifest manifest = manifest_for({"127.0.0.1"});
    manifest.memory.max_http_response_bytes = 1'999;
    Plugin plugin(manifest);

    EXPECT_ERROR_SAYING(call(plugin, "send", get(server.url())), ErrorCode::trap,
                        HasSubstr("maximum number of bytes: 1999"));
}

TEST(GuestHttp, KeepsItsConnection) {
    HttpServer server(always(response("200 OK", "hello")));
    Plugin plugin = plugin_for();

    for (int i = 0; i < 5; ++i) EXPECT_EQ(call(plugin, "send", get(server.url())), "hello");

    EXPECT_EQ(server.requests().size(), 5U);
    EXPECT_EQ(server.connections(), 1U);
}

TEST(GuestHttp, EndsWithTheCallsTime) {
    HttpServer server(
        site({{"/silent", ""}, {"/stalls", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234"}}));
    for (const char* path : {"/silent", "/stalls"}) {
        Plugin plugin = plugin_for();
        EXPECT_ERROR_SAYING(plugin.call("send", as_bytes(get(server.url(path))), {.timeout = 50ms}),
                            ErrorCode::timeout,
                            HasSubstr("HTTP request to 127.0.0.1 failed: out of time"));
        EXPECT_ERROR(call(plugin, "status"), ErrorCode::poisoned);
        plugin.reset();
        EXPECT_EQ(call(plugin, "send", get(server.url("/other"))), "GET ");
    }
}

TEST(GuestHttp, EndsWithTheTimeOfAStart) {
    HttpServer server(site({{"/silent", ""}}));
    Manifest manifest = Manifest::bytes(as_bytes(R"((module
        (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/env" "config_get" (func $config (param i64) (result i64)))
        (import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))
        (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
        (func (export "_initialize")
          (local $key i64)
          (local.set $key (call $alloc (i64.const 1)))
          (call $store (local.get $key) (i32.const 114))
          (drop (call $http (call $config (local.get $key)) (i64.const 0))))))"));
    manifest.allowed_hosts = {"127.0.0.1"};
    manifest.config["r"] = get(server.url("/hello"));
    EXPECT_NO_THROW(Plugin{manifest});

    manifest.config["r"] = get(server.url("/silent"));
    manifest.timeout = 100ms;
    EXPECT_ERROR_SAYING(Plugin{manifest}, ErrorCode::timeout, HasSubstr("out of time"));
}

TEST(GuestHttp, EndsWhenItsCallerGivesUp) {
    using Clock = std::chrono::steady_clock;
    HttpServer server(site({{"/silent", ""}}));
    Plugin plugin = plugin_for();
    std::stop_source source;
    Clock::time_point asked;
    std::jthread canceller([&] {
        server.wait_for_request();
        asked = Clock::now();
        source.request_stop();
    });

    EXPECT_ERROR_SAYING(
        plugin.call("send", as_bytes(get(server.url("/silent"))), {.cancel = source.get_token()}),
        ErrorCode::cancelled, HasSubstr("HTTP request to 127.0.0.1 failed"));
    const Clock::time_point ended = Clock::now();
    canceller.join();
    EXPECT_LT(ended - asked, 500ms);  // of libcurl's own accord it would look once a second

    plugin.reset();
    EXPECT_EQ(call(plugin, "send", get(server.url("/other"))), "GET ");
}

TEST(GuestHttp, IsRefusedWhereTheManifestAllowsNothing) {
    Plugin plugin = plugin_for({});

    EXPECT_ERROR_SAYING(call(plugin, "send", get("http://x/")), ErrorCode::trap,
                        HasSubstr("HTTP request to URL 'http://x/' is not allowed: the manifest's "
                                  "allowed_hosts is empty"));
}

TEST(GuestHttp, GoesOnlyWhereTheManifestAllowsIt) {
    HttpServer server(site({}));
    Plugin plugin = plugin_for({"{example.com,127.0.0.1}", "*.example.org"});

    EXPECT_EQ(call(plugin, "send", get(server.url())), "GET ");
    EXPECT_EQ(call(plugin, "send", get(server.url("/", "user:pw@127.0.0.1"))), "GET ");
    EXPECT_EQ(server.requests().at(1).header("Authorization"), "Basic dXNlcjpwdw==");
    EXPECT_EQ(call(plugin, "send", get(server.url("/", "2130706433"))), "GET ");
    EXPECT_EQ(server.requests().at(2).header("Host"), server.requests().at(0).header("Host"));
    for (const char* url : {"http://example.net/", "http://127.0.0.2/", "http://example.org/",
                            "http://127.0.0.1.example.net/", "http://127.0.0.1@example.net/"}) {
        EXPECT_ERROR_SAYING(call(plugin, "send", get(url)), ErrorCode::trap,
                            HasSubstr("is not allowed: no entry of the manifest's allowed_hosts "
                                      "fits the host `"));
        plugin.reset();
    }
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST(GuestHttp, ShowsNoSecretsOfAUrl) {
    std::string gone;
    {
        const HttpServer server(site({}));
        gone = std::to_string(server.port());
    }
    for (const std::string host : {"127.0.0.1", "127.0.0.2"}) {
        Plugin plugin = plugin_for();
        EXPECT_ERROR_SAYING(
            call(plugin, "send",
                 get("http://user:secret1@" + host + ":" + gone + "/path?key=secret2#secret3")),
            ErrorCode::trap,
            AllOf(HasSubstr(host), Not(HasSubstr("secret")), Not(HasSubstr("user"))));
    }
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

TEST(GuestHttp, FollowsRedirectsToWhereItMayGo) {
    HttpServer server(site({}));
    HttpServer first(site({{"/near/a", redirect("302 Found", "b")},
                           {"/near/b", redirect("301 Moved Permanently", "/c?d")},
                           {"/c?d", redirect("308 Permanent Redirect", server.url("/end"))},
                           {"/nowhere", response("302 Found", "no location")}}));
    Plugin plugin = plugin_for();

    EXPECT_EQ(call(plugin, "send", get(first.url("/near/a"))), "GET ");
    EXPECT_EQ(call(plugin, "status"), "200");
    EXPECT_EQ(server.requests().at(0).target, "/end");
    EXPECT_EQ(call(plugin, "send", get(first.url("/nowhere"))), "no location");
    EXPECT_EQ(call(plugin, "status"), "302");
}

TEST(GuestHttp, ChecksWhereARedirectLeads) {
    HttpServer target(site({}));
    HttpServer server(
        site({{"/host", redirect("302 Found", target.url("/?key=secret", "user:secret@localhost"))},
              {"/file", redirect("302 Found", "file:///etc/passwd")}}));
    Plugin plugin = plugin_for();

    EXPECT_ERROR_SAYING(
        call(plugin, "send", get(server.url("/host"))), ErrorCode::trap,
        AllOf(HasSubstr("HTTP request to URL '" + target.url("/", "localhost") +
                        "' is not allowed (redirected by '" + server.url("/host") + "')"),
              Not(HasSubstr("secret"))));
    plugin.reset();
    EXPECT_ERROR_SAYING(call(plugin, "send", get(server.url("/file"))), ErrorCode::trap,
                        HasSubstr("its scheme must be http or https, not file"));
    EXPECT_EQ(target.connections(), 0U);
}

TEST(GuestHttp, FollowsTenRedirectsAndNoMore) {
    HttpServer server([](const HttpServer::Request& request) {
        const int left = std::stoi(request.target.substr(1));
        return left == 0 ? response("200 OK", "end")
                         : redirect("302 Found", "/" + std::to_string(left - 1));
    });
    Plugin plugin = plugin_for();

    EXPECT_EQ(call(plugin, "send", get(server.url("/10"))), "end");
    EXPECT_ERROR_SAYING(call(plugin, "send", get(server.url("/99"))), ErrorCode::trap,
                        HasSubstr("HTTP request to 127.0.0.1 failed: more than 10 redirects"));
    EXPECT_EQ(server.requests().size(), 22U);
}

TEST(GuestHttp, TurnsToGetWhereRedirectsSaySo) {
    HttpServer server(site({{"/301", redirect("301 Moved Permanently", "/end")},
                            {"/302", redirect("302 Found", "/end")},
                            {"/303", redirect("303 See Other", "/end")},
                            {"/307", redirect("307 Temporary Redirect", "/end")},
                            {"/308", redirect("308 Permanent Redirect", "/end")}}));
    Plugin plugin = plugin_for();
    plugin.set_variable("body", as_bytes("body"));
    const auto end = [&](const std::string& path, const std::string& method) {
        return call(plugin, "send",
                    get(server.url(path),
                        R"(,"headers":{"Content-Type":"text/plain"},"method":")" + method + '"'));
    };

    for (const char* path : {"/301", "/302", "/303"}) EXPECT_EQ(end(path, "POST"), "GET ");
    EXPECT_EQ(server.requests().back().header("Content-Type"), "");
    for (const char* path : {"/307", "/308"}) EXPECT_EQ(end(path, "POST"), "POST body");
    EXPECT_EQ(server.requests().back().header("Content-Type"), "text/plain");
    EXPECT_EQ(end("/302", "PUT"), "PUT body");
    EXPECT_EQ(end("/303", "PUT"), "GET ");
    call(plugin, "send", get(server.url("/303"), R"(,"method":"HEAD")"));
    EXPECT_EQ(server.requests().back().method, "HEAD");
}

TEST(GuestHttp, TakesCredentialsToNoOtherOrigin) {
    HttpServer other(site({}));
    HttpServer server(site({{"/near", redirect("302 Found", "/end")},
                            {"/far", redirect("302 Found", other.url("/end"))}}));
    Plugin plugin = plugin_for();
    const std::string headers =
        R"(,"headers":{"AUTHORIZATION":"Bearer x","Cookie":"y","X-Kept":"z"})";

    call(plugin, "send", get(server.url("/near"), headers));
    EXPECT_EQ(server.requests().back().target, "/end");
    EXPECT_EQ(server.requests().back().header("Authorization"), "Bearer x");
    EXPECT_EQ(server.requests().back().header("Cookie"), "y");
    call(plugin, "send", get(server.url("/far"), headers));
    call(plugin, "send", get(server.url("/far", "user:pw@127.0.0.1")));
    EXPECT_EQ(other.requests().at(0).header("X-Kept"), "z");
    for (const HttpServer::Request& request : other.requests())
        EXPECT_THAT(request.head, AllOf(Not(HasSubstr("uthorization")), Not(HasSubstr("ookie")),
                                        Not(HasSubstr("AUTH"))));
}

/// libcurl resolves every name under `localhost` to a loopback address, without asking anybody.
TEST(GuestHttp, LeadsNoWildcardToAPrivateAddress) {
    HttpServer server(site({}));
    const std::string url = server.url("/", "app.localhost");

    for (const char* pattern : {"*", "*.localhost", "app.*", "{*,b}"}) {
        Plugin plugin = plugin_for({pattern});
        EXPECT_ERROR_SAYING(
            call(plugin, "send", get(url)), ErrorCode::trap,
            AllOf(HasSubstr("HTTP request to app.localhost failed: the name leads to "),
                  HasSubstr(", a private address, which wildcards do not open")));
    }
    EXPECT_EQ(server.connections(), 0U);
    for (const char* pattern : {"app.localhost", "{app,web}.localhost"}) {
        Plugin plugin = plugin_for({"*", pattern});
        EXPECT_EQ(call(plugin, "send", get(url)), "GET ");
    }
    Plugin trusted = plugin_for({"*"}, {.http_private_addresses = true});
    EXPECT_EQ(call(trusted, "send", get(url)), "GET ");
}

TEST(GuestHttp, LeadsNoWildcardToAPrivateAddressThatIsWrittenOut) {
    HttpServer server(site({}));

    for (const char* pattern : {"*", "1*", "*.0.0.1"}) {
        Plugin plugin = plugin_for({pattern});
        EXPECT_ERROR_SAYING(call(plugin, "send", get(server.url())), ErrorCode::trap,
                            AllOf(HasSubstr("is not allowed: its address is private")));
    }
    EXPECT_EQ(server.connections(), 0U);
    for (const char* pattern : {"127.0.0.1", "127.*", "127.?.0.1", "127.[0-9].0.1"}) {
        Plugin plugin = plugin_for({pattern});
        EXPECT_EQ(call(plugin, "send", get(server.url())), "GET ");
    }
    Plugin trusted = plugin_for({"*"}, {.http_private_addresses = true});
    EXPECT_EQ(call(trusted, "send", get(server.url())), "GET ");
}

TEST(GuestHttp, ChecksTheAddressesOfEachRedirect) {
    HttpServer target(site({}));
    HttpServer server(
        site({{"/name", redirect("302 Found", target.url("/", "app.localhost"))},
              {"/address", redirect("302 Found", "http://169.254.169.254/latest/meta-data")}}));
    for (const char* path : {"/name", "/address"}) {
        Plugin plugin = plugin_for({"127.0.0.1", "*"});
        EXPECT_ERROR_SAYING(call(plugin, "send", get(server.url(path))), ErrorCode::trap,
                            HasSubstr("private"));
    }
    EXPECT_EQ(target.connections(), 0U);
}

TEST(GuestHttp, PassesTheEnvironmentsProxiesBy) {
    HttpServer proxy(site({}));
    HttpServer server(site({}));
    ASSERT_EQ(setenv("http_proxy", proxy.url().c_str(), 1), 0);
    Plugin plugin = plugin_for();

    EXPECT_EQ(call(plugin, "send", get(server.url())), "GET ");
    unsetenv("http_proxy");
    EXPECT_EQ(proxy.connections(), 0U);
}

TEST(GuestHttp, UsesTheClientThatItIsGiven) {
    std::vector<std::string> urls;
    HttpLimits seen;
    const HttpClient client = [&](const HttpRequest& request, const HttpLimits& limits) {
        urls.push_back(request.url);
        seen = limits;
        if (request.url.ends_with("/old"))
            return HttpResponse{.status = 302, .headers = {{"location", "/new"}}};
        if (request.url.ends_with("/bad"))
            return HttpResponse{.status = 302, .headers = {{"location", "http://b/"}}};
        const std::string_view body = request.url.ends_with("/big") ? "0123456789A" : "0123456789";
        return HttpResponse{.status = 299,
                            .body = Bytes(as_bytes(body).begin(), as_bytes(body).end())};
    };
    Manifest manifest = manifest_for({"*.a", "c"});
    manifest.memory.max_http_response_bytes = 10;
    Plugin plugin(manifest, {.http = client});
    const auto refusal = [&](const std::string& url, const char* text) {
        EXPECT_ERROR_SAYING(call(plugin, "send", get(url)), ErrorCode::trap, HasSubstr(text));
        plugin.reset();
    };

    EXPECT_EQ(call(plugin, "send", get("http://X.A./old")), "0123456789");
    EXPECT_EQ(call(plugin, "status"), "299");
    EXPECT_EQ(seen.addresses, HttpAddresses::public_only);
    EXPECT_EQ(seen.max_response_bytes, 10U);
    EXPECT_LT(seen.deadline, std::chrono::steady_clock::now() + 31s);
    refusal("http://b/", "is not allowed");
    refusal("http://x.a/bad", "is not allowed");
    refusal("http://x.a/big", "exceeds the configured maximum number of bytes: 10");
    EXPECT_THAT(
        urls, ElementsAre("http://x.a/old", "http://x.a/new", "http://x.a/bad", "http://x.a/big"));
    call(plugin, "send", get("http://c/"));
    EXPECT_EQ(seen.addresses, HttpAddresses::any);
}

TEST(CurlClient, TrustsNoCertificateThatNobodyVouchesFor) {
    const tests::TestAuthority authority;
    HttpServer server(site({}), authority.issue("IP:127.0.0.1"));
    const tests::TemporaryFolder folder;
    const std::string file = (folder.path() / "authority.pem").string();
    std::ofstream(file) << authority.pem();
    Plugin plugin = plugin_for();
    Plugin trusting =
        plugin_for({"127.0.0.1", "localhost"}, {.http = make_curl_client({.authorities = file})});

    EXPECT_ERROR_SAYING(call(plugin, "send", get(server.url())), ErrorCode::trap,
                        HasSubstr("HTTP request to 127.0.0.1 failed: SSL certificate problem"));
    const std::stop_source source;  // a call that can be cancelled takes another way
    EXPECT_EQ(
        as_text(trusting.call("send", as_bytes(get(server.url())), {.cancel = source.get_token()})),
        "GET ");
    EXPECT_ERROR_SAYING(call(trusting, "send", get(server.url("/", "localhost"))), ErrorCode::trap,
                        HasSubstr("HTTP request to localhost failed: SSL"));
}

TEST(CurlClient, ChecksTheAddressOfAConnectionThatWasKept) {
    HttpServer server(site({}));
    const HttpClient client = make_curl_client();
    const HttpRequest request{.url = server.url()};

    EXPECT_EQ(client(request, {}).status, 200);
    EXPECT_ERROR_SAYING(client(request, {.addresses = HttpAddresses::public_only}),
                        ErrorCode::unavailable, HasSubstr("private address"));
    EXPECT_EQ(server.requests().size(), 1U);
}

}  // namespace
}  // namespace sluice
