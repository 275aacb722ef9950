#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "http_guest.hpp"

#include <cstdlib>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using tests::call;
using tests::get;
using tests::HttpServer;
using tests::manifest_for;
using tests::plugin_for;
using tests::site;

TEST(GuestHttpAccess, IsRefusedWhereTheManifestAllowsNothing) {
    Plugin plugin = plugin_for({});

    EXPECT_ERROR_SAYING(call(plugin, "send", get("http://x/")), ErrorCode::trap,
                        HasSubstr("HTTP request to URL 'http://x/' is not allowed: the manifest's "
                                  "allowed_hosts is empty"));
}

TEST(GuestHttpAccess, GoesOnlyWhereTheManifestAllowsIt) {
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

TEST(GuestHttpAccess, ShowsNoSecretsOfAUrl) {
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

/// libcurl resolves every name under `localhost` to a loopback address, without asking anybody.
TEST(GuestHttpAccess, LeadsNoWildcardToAPrivateAddress) {
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

TEST(GuestHttpAccess, LeadsNoWildcardToAPrivateAddressThatIsWrittenOut) {
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

TEST(GuestHttpAccess, PassesTheEnvironmentsProxiesBy) {
    HttpServer proxy(site({}));
    HttpServer server(site({}));
    ASSERT_EQ(setenv("http_proxy", proxy.url().c_str(), 1), 0);
    Plugin plugin = plugin_for();

    EXPECT_EQ(call(plugin, "send", get(server.url())), "GET ");
    unsetenv("http_proxy");
    EXPECT_EQ(proxy.connections(), 0U);
}

TEST(GuestHttpAccess, UsesTheClientThatItIsGiven) {
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

}  // namespace
}  // namespace sluice
