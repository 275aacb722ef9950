#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "http_guest.hpp"

#include <algorithm>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::always;
using tests::call;
using tests::get;
using tests::HttpServer;
using tests::manifest_for;
using tests::plugin_for;
using tests::response;
using tests::site;

TEST(GuestHttpLimits, BoundsTheResponsesBody) {
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

TEST(GuestHttpLimits, BoundsTheResponsesHeaders) {
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

TEST(GuestHttpLimits, DecodesGzipUnlessTheGuestAsksForAnEncoding) {
    HttpServer server(always(response("200 OK", gzipped(), "Content-Encoding: gzip\r\n")));
    Plugin plugin = plugin_for({"127.0.0.1"}, {.http_response_headers = true});

    EXPECT_EQ(call(plugin, "send", get(server.url())), std::string(2'000, 'a'));
    EXPECT_EQ(call(plugin, "headers"), "{}");
    const std::string encoding = R"(,"headers":{"accept-encoding":"gzip, br"})";
    EXPECT_EQ(call(plugin, "send", get(server.url(), encoding)), gzipped());
    EXPECT_EQ(call(plugin, "headers"), R"({"content-encoding":"gzip","content-length":"35"})");
    EXPECT_EQ(server.requests().at(1).header("Accept-Encoding"), "gzip, br");
}

TEST(GuestHttpLimits, BoundsTheBodyAsItIsDecoded) {
    HttpServer server(always(response("200 OK", gzipped(), "Content-Encoding: gzip\r\n")));
    Manifest manifest = manifest_for({"127.0.0.1"});
    manifest.memory.max_http_response_bytes = 1'999;
    Plugin plugin(manifest);

    EXPECT_ERROR_SAYING(call(plugin, "send", get(server.url())), ErrorCode::trap,
                        HasSubstr("maximum number of bytes: 1999"));
}

TEST(GuestHttpLimits, KeepsItsConnection) {
    HttpServer server(always(response("200 OK", "hello")));
    Plugin plugin = plugin_for();

    for (int i = 0; i < 5; ++i) EXPECT_EQ(call(plugin, "send", get(server.url())), "hello");

    EXPECT_EQ(server.requests().size(), 5U);
    EXPECT_EQ(server.connections(), 1U);
}

TEST(GuestHttpLimits, EndsWithTheCallsTime) {
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

TEST(GuestHttpLimits, EndsWithTheTimeOfAStart) {
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

/// Asks a server that never answers, cancels once it was asked, and gives the time from there to
/// the call's end.
std::chrono::steady_clock::duration time_to_cancel() {
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
    plugin.reset();
    EXPECT_EQ(call(plugin, "send", get(server.url("/other"))), "GET ");
    return ended - asked;
}

/// Of its own accord libcurl would look once a second. A machine with better things to do may be
/// late itself, so the best of a few counts.
TEST(GuestHttpLimits, EndsWhenItsCallerGivesUp) {
    auto fastest = time_to_cancel();
    for (int more = 4; more > 0 && fastest >= 300ms; --more)
        fastest = std::min(fastest, time_to_cancel());

    EXPECT_LT(fastest, 300ms);
}

}  // namespace
}  // namespace sluice
