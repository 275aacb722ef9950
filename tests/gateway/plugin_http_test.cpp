#include "gateway/plugin_http.hpp"

#include "http_run.hpp"
#include "plugin/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using hooks::HttpReply;
using hooks::HttpTask;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;
using tests::HttpServer;
using tests::response;

class PluginHttpTest : public testing::Test {
  protected:
    HttpReply send(HttpTask task, std::vector<std::string> hosts = {"127.0.0.1"}) {
        const hooks::HostAccess access{.hosts = HostPatterns(hosts), .http_response_bytes = 1000};
        return tests::run(context_, http_.send(task, access, http::Clock::now() + 30s));
    }

    http::asio::io_context context_;
    PluginHttp http_{[] { return std::shared_ptr<const http::TlsClient>(); }};
};

TEST_F(PluginHttpTest, SendsTheRequestAndGivesTheAnswer) {
    HttpServer server([](const HttpServer::Request&) {
        return response("201 Created", "say \"hi\"", "X-One: 1\r\nx-one: 2\r\n");
    });
    const HttpReply reply = send({.method = "PUT",
                                  .url = server.url("/a?b=c#d"),
                                  .headers = {{"X-Asked", "yes"}, {"Host", "elsewhere"}},
                                  .body = "body"});
    EXPECT_EQ(reply.problem, "");
    EXPECT_EQ(reply.status, 201);
    EXPECT_EQ(reply.headers, (HttpHeaders{{"content-length", "8"}, {"x-one", "1, 2"}}));
    EXPECT_EQ(reply.body, "say \"hi\"");
    const auto request = server.requests().front();
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.target, "/a?b=c");
    EXPECT_EQ(request.body, "body");
    EXPECT_EQ(request.header("x-asked"), "yes");
    EXPECT_EQ(request.header("host"), "127.0.0.1:" + std::to_string(server.port()));
}

TEST_F(PluginHttpTest, GivesABodyOfAnyBytes) {
    HttpServer server([](const HttpServer::Request&) { return response("200 OK", "\xff\x01"); });
    EXPECT_EQ(send({.url = server.url()}).body, "\xff\x01");
}

TEST_F(PluginHttpTest, AsksOnlyWhoIsAllowedAndPrivateAddressesOnlyByTheirName) {
    HttpServer server([](const HttpServer::Request&) { return response("200 OK"); });
    const std::string by_name = server.url("/", "localhost");
    EXPECT_EQ(send({.url = server.url()}, {}).status, 0);
    EXPECT_THAT(send({.url = server.url()}, {}).problem, HasSubstr("allowed_hosts is empty"));
    EXPECT_THAT(send({.url = server.url()}, {"example.com"}).problem,
                HasSubstr("no entry of the plug-in's allowed_hosts fits the host `127.0.0.1`"));
    EXPECT_THAT(send({.url = server.url()}, {"*"}).problem, HasSubstr("a private address"));
    EXPECT_THAT(send({.url = by_name}, {"*"}).problem, HasSubstr("a private address"));
    EXPECT_TRUE(server.requests().empty());
    EXPECT_EQ(send({.url = by_name}, {"localhost"}).status, 200);
    EXPECT_THAT(send({.url = by_name}, {"*"}).problem, HasSubstr("a private address"))
        << "the connection that is kept for others is not its";
}

TEST_F(PluginHttpTest, LeavesRedirectsToTheGuest) {
    HttpServer server([](const HttpServer::Request&) {
        return response("302 Found", "", "Location: http://10.0.0.1/\r\n");
    });
    const HttpReply reply = send({.url = server.url()});
    EXPECT_EQ(reply.problem, "");
    EXPECT_EQ(reply.status, 302);
    EXPECT_THAT(reply.headers, Contains(Pair("location", "http://10.0.0.1/")));
}

TEST_F(PluginHttpTest, KeepsConnectionsForTheNextRequest) {
    HttpServer server([](const HttpServer::Request&) { return response("200 OK", "x"); });
    EXPECT_EQ(send({.url = server.url()}).status, 200);
    EXPECT_EQ(send({.url = server.url()}).status, 200);
    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(PluginHttpTest, RefusesWhatIsTooLargeOrNoAnswer) {
    HttpServer server([](const HttpServer::Request& request) {
        if (request.target == "/large") return response("200 OK", std::string(1001, 'x'));
        return std::string("who is there?\r\n\r\n");
    });
    EXPECT_THAT(send({.url = server.url("/large")}).problem,
                HasSubstr("larger than limits.http_response_kb"));
    EXPECT_THAT(send({.url = server.url()}).problem, HasSubstr("the answer cannot be read"));
}

TEST_F(PluginHttpTest, EndsAtTheRequestsOwnTimeout) {
    HttpServer server([](const HttpServer::Request&) { return std::string(); });
    EXPECT_THAT(send({.url = server.url(), .timeout = 50ms}).problem, HasSubstr("not done within"));
}

TEST_F(PluginHttpTest, NamesWhatIsWrongWithARequest) {
    EXPECT_THAT(send({.url = "ftp://127.0.0.1/"}).problem,
                HasSubstr("scheme must be http or https"));
    EXPECT_THAT(send({.url = "http://me:secret@127.0.0.1/"}).problem,
                testing::AllOf(HasSubstr("user's name"), testing::Not(HasSubstr("secret"))));
    EXPECT_THAT(send({.method = "GET IT", .url = "http://127.0.0.1/"}).problem,
                HasSubstr("method is not a token"));
    EXPECT_THAT(send({.url = "https://127.0.0.1/"}).problem,
                HasSubstr("no certificate authorities"));
}

}  // namespace
}  // namespace sluice::gateway
