#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "http_guest.hpp"
#include "plugin/curl_client.hpp"

#include <fstream>

namespace sluice {
namespace {

using testing::HasSubstr;
using tests::call;
using tests::get;
using tests::HttpServer;
using tests::plugin_for;
using tests::site;

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
