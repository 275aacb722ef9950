#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "http_guest.hpp"

namespace sluice {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using tests::call;
using tests::get;
using tests::HttpServer;
using tests::plugin_for;
using tests::redirect;
using tests::response;
using tests::site;

TEST(GuestHttpRedirects, FollowsRedirectsToWhereItMayGo) {
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

TEST(GuestHttpRedirects, ChecksWhereARedirectLeads) {
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

TEST(GuestHttpRedirects, FollowsTenRedirectsAndNoMore) {
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

TEST(GuestHttpRedirects, TurnsToGetWhereRedirectsSaySo) {
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

TEST(GuestHttpRedirects, TakesCredentialsToNoOtherOrigin) {
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

TEST(GuestHttpRedirects, ChecksTheAddressesOfEachRedirect) {
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

}  // namespace
}  // namespace sluice
