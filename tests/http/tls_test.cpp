#include "http/connect.hpp"
#include "http/head.hpp"
#include "http/link_pool.hpp"

#include "expect_error.hpp"
#include "files.hpp"
#include "http_run.hpp"
#include "test_authority.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <fstream>
#include <memory>
#include <string>

namespace sluice::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace ssl = asio::ssl;

/// Echoes what comes until the client closes; what goes wrong ends it, the client's side is tested.
/// The parameters belong to the server, which outlives the coroutine.
Task<void> serve(Acceptor& acceptor, ssl::context& tls, std::string& server_name) {
    for (;;) {
        ssl::stream<Socket> stream(co_await acceptor.async_accept(use_task), tls);
        error_code error;
        co_await stream.async_handshake(ssl::stream_base::server,
                                        asio::redirect_error(use_task, error));
        const char* const name =
            SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
        server_name = name != nullptr ? name : "";
        std::string bytes(65536, '\0');
        while (!error) {
            const std::size_t read = co_await stream.async_read_some(
                asio::buffer(bytes), asio::redirect_error(use_task, error));
            if (bytes.starts_with("close")) break;
            if (bytes.starts_with("farewell")) {
                co_await asio::async_write(stream, asio::buffer(bytes, read), use_task);
                break;
            }
            if (!error)
                co_await asio::async_write(stream, asio::buffer(bytes, read),
                                           asio::redirect_error(use_task, error));
        }
        if (bytes.starts_with("farewell"))
            co_await stream.async_shutdown(asio::redirect_error(use_task, error));
    }
}

/// A TLS server with a certificate of an authority made for the test.
struct Server {
    explicit Server(const std::string& name = "DNS:localhost")
        : acceptor(listen(context.get_executor(), "127.0.0.1", 0)) {
        const tests::Certificate certificate = authority.issue(name);
        tls.use_certificate_chain(asio::buffer(certificate.certificate));
        tls.use_private_key(asio::buffer(certificate.key), ssl::context::pem);
        asio::co_spawn(context, serve(acceptor, tls, server_name),
                       [](const std::exception_ptr&) {});
        std::ofstream(folder.path() / "ca.pem") << authority.pem();
    }

    Target target(const std::string& host) const {
        return {.scheme = Scheme::https,
                .host = host,
                .port = local_port(acceptor),
                .tls = std::make_shared<TlsClient>((folder.path() / "ca.pem").string())};
    }

    std::unique_ptr<Link> connected(const std::string& host = "localhost") {
        return tests::run(context, connect(target(host), 20s));
    }

    tests::TestAuthority authority{};
    tests::TemporaryFolder folder{};
    asio::io_context context{1};
    ssl::context tls{ssl::context::tls_server};
    Acceptor acceptor;
    std::string server_name{};
};

std::string exchange(Server& server, Link& link, std::string_view bytes) {
    EXPECT_EQ(tests::run(server.context, write_all(link, Gather(bytes))), error_code());
    while (link.buffer().size() < bytes.size())
        EXPECT_EQ(tests::run(server.context, fill(link, link.buffer())), error_code());
    std::string answer(link.buffer().view());
    link.buffer().consume(answer.size());
    return answer;
}

TEST(Tls, ExchangesBytesWithAServerOfATrustedAuthority) {
    Server server;
    const auto link = server.connected();
    EXPECT_TRUE(link->is_tls());
    EXPECT_EQ(exchange(server, *link, "hello"), "hello");
    EXPECT_EQ(server.server_name, "localhost");
}

TEST(Tls, ReachesAnAddressThatTheCertificateNames) {
    Server server("IP:127.0.0.1");
    const auto link = server.connected("127.0.0.1");
    EXPECT_EQ(exchange(server, *link, "hello"), "hello");
    EXPECT_EQ(server.server_name, "") << "an address goes without a server name";
}

TEST(Tls, SendsManyAndLargePiecesInOrder) {
    Server server;
    const auto link = server.connected();
    link->buffer().limit(4 << 20);
    std::string large;
    while (large.size() < 1'000'000) large += std::to_string(large.size()) + ",";
    Gather slices("head", ",", large, "tail");
    std::string received;
    asio::co_spawn(server.context, write_all(*link, slices),
                   [](const std::exception_ptr&, error_code error) { EXPECT_FALSE(error); });
    while (link->buffer().size() < large.size() + 9)
        ASSERT_EQ(tests::run(server.context, fill(*link, link->buffer())), error_code());
    EXPECT_TRUE(link->buffer().view() == "head," + large + "tail");
}

TEST(Tls, RefusesACertificateForAnotherName) {
    Server server("DNS:other.example");
    EXPECT_ERROR_SAYING(server.connected(), ErrorCode::unavailable,
                        "localhost:" + std::to_string(local_port(server.acceptor)) +
                            ": TLS: the certificate is not for localhost");
}

TEST(Tls, RefusesACertificateForAnotherAddress) {
    Server server("IP:127.0.0.2");
    EXPECT_ERROR_SAYING(server.connected("127.0.0.1"), ErrorCode::unavailable,
                        HasSubstr("TLS: the certificate is not for 127.0.0.1"));
}

TEST(Tls, RefusesAnUnknownAuthority) {
    Server server;
    std::ofstream(server.folder.path() / "ca.pem") << tests::TestAuthority().pem();
    EXPECT_ERROR_SAYING(server.connected(), ErrorCode::unavailable,
                        HasSubstr("TLS: the certificate is not trusted: "));
}

TEST(Tls, TrustsOnlyTheSystemWithoutACaFile) {
    Server server;
    Target target = server.target("localhost");
    target.tls = std::make_shared<TlsClient>();
    EXPECT_ERROR_SAYING(tests::run(server.context, connect(target, 20s)), ErrorCode::unavailable,
                        HasSubstr("TLS: the certificate is not trusted: "));
}

TEST(Tls, RefusesVersionsBelow12) {
    Server server;
    SSL_CTX_set_security_level(server.tls.native_handle(), 0);
    SSL_CTX_set_min_proto_version(server.tls.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(server.tls.native_handle(), TLS1_1_VERSION);
    EXPECT_ERROR_SAYING(server.connected(), ErrorCode::unavailable, HasSubstr(": TLS: "));
}

TEST(Tls, SaysThatThePeerSpeaksNoTls) {
    Server server;
    asio::io_context context(1);
    Acceptor plain = listen(context.get_executor(), "127.0.0.1", 0);
    Target target = server.target("localhost");
    target.port = local_port(plain);
    plain.async_accept([](const error_code&, Socket socket) {
        tests::send(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    EXPECT_ERROR_SAYING(tests::run(context, connect(target, 20s)), ErrorCode::unavailable,
                        HasSubstr(": TLS: handshake failed: "));
}

TEST(Tls, GivesUpAHandshakeAtItsLimit) {
    Server server;
    asio::io_context context(1);
    Acceptor silent = listen(context.get_executor(), "127.0.0.1", 0);
    Target target = server.target("127.0.0.1");
    target.port = local_port(silent);
    EXPECT_ERROR_SAYING(tests::run(context, connect(target, 30ms)), ErrorCode::timeout,
                        HasSubstr("not connected within 30 ms"));
}

TEST(Tls, KeepsAQuietLinkAlthoughSessionTicketsCame) {
    Server server;
    LinkPool pool(server.target("localhost"));
    auto link = server.connected();
    const Link* const same = link.get();
    // TLS 1.3 sends its tickets behind the handshake: nothing has read them yet.
    tests::run_ready(server.context);
    EXPECT_TRUE(link->is_quiet());
    EXPECT_EQ(exchange(server, *link, "one"), "one");
    pool.give(std::move(link));
    link = pool.take();
    ASSERT_EQ(link.get(), same);
    EXPECT_EQ(exchange(server, *link, "two"), "two");
}

TEST(Tls, IsNotQuietWhenThePeerSaidFarewellWithItsLastAnswer) {
    Server server;
    const auto link = server.connected();
    EXPECT_EQ(exchange(server, *link, "farewell"), "farewell");
    tests::run_until(server.context, [&] { return !link->is_quiet(); });
    EXPECT_FALSE(link->is_quiet()) << "it stays so";
}

TEST(Tls, DoesNotTakeACutLineForTheEndOfAnAnswer) {
    Server server;
    const auto link = server.connected();
    ASSERT_EQ(tests::run(server.context, write_all(*link, Gather("close"))), error_code());
    const error_code error = tests::run(server.context, fill(*link, link->buffer()));
    EXPECT_TRUE(error);
    EXPECT_FALSE(is_end_of_stream(error));
}

TEST(TlsClient, NamesAFileThatHoldsNoAuthorities) {
    const tests::TemporaryFolder folder;
    const std::string path = (folder.path() / "none.pem").string();
    EXPECT_ERROR_SAYING(TlsClient{path}, ErrorCode::invalid_input,
                        testing::StartsWith(path + ": "));
    std::ofstream(path) << "not a certificate";
    EXPECT_ERROR_SAYING(TlsClient{path}, ErrorCode::invalid_input,
                        testing::StartsWith(path + ": "));
}

}  // namespace
}  // namespace sluice::http
