#include "tls_front.hpp"

#include "files.hpp"
#include "http/asio_types.hpp"
#include "test_authority.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>
#include <fstream>
#include <thread>

namespace sluice::tests {
namespace {

namespace asio = http::asio;
namespace ssl = asio::ssl;
using Secure = ssl::stream<http::Socket>;

/// Both ends of one relayed connection; its two coroutines share it.
struct Pair {
    Pair(http::Socket client, ssl::context& tls)
        : outer(std::move(client), tls), inner(outer.get_executor()) {}
    Secure outer;
    http::Socket inner;
};

/// Copies until one side ends, then ends the other. The streams belong to `pair`.
template <class From, class To>
http::Task<void> copy(std::shared_ptr<Pair> pair, From& from, To& to) {
    std::array<char, 16'384> bytes{};
    http::error_code error;
    while (!error) {
        const std::size_t count = co_await from.async_read_some(
            asio::buffer(bytes), asio::redirect_error(http::use_task, error));
        if (!error)
            co_await asio::async_write(to, asio::buffer(bytes.data(), count),
                                       asio::redirect_error(http::use_task, error));
    }
    http::error_code ignored;
    pair->inner.close(ignored);
    pair->outer.next_layer().close(ignored);
}

void ignore(const std::exception_ptr&) {}  // a refused handshake is what the client's test is about

http::Task<void> relay(std::shared_ptr<Pair> pair, asio::ip::tcp::endpoint upstream) {
    co_await pair->outer.async_handshake(ssl::stream_base::server, http::use_task);
    co_await pair->inner.async_connect(upstream, http::use_task);
    asio::co_spawn(pair->inner.get_executor(), copy(pair, pair->inner, pair->outer), ignore);
    co_await copy(pair, pair->outer, pair->inner);
}

/// The references belong to the front, which ends the context before itself.
http::Task<void> serve(http::Acceptor& acceptor, ssl::context& tls,
                       asio::ip::tcp::endpoint upstream) {
    for (;;) {
        http::Socket client = co_await acceptor.async_accept(http::use_task);
        const auto pair = std::make_shared<Pair>(std::move(client), tls);
        asio::co_spawn(acceptor.get_executor(), relay(pair, upstream), ignore);
    }
}

}  // namespace

struct TlsFront::State {
    TestAuthority authority{};
    TemporaryFolder folder{};
    ssl::context tls{ssl::context::tls_server};
    asio::io_context context{1};
    http::Acceptor acceptor{context.get_executor(),
                            asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    std::thread thread{};
};

TlsFront::TlsFront(const Upstream& upstream, const std::string& names)
    : state_(std::make_unique<State>()) {
    const Certificate certificate = state_->authority.issue(names);
    state_->tls.use_certificate_chain(asio::buffer(certificate.certificate));
    state_->tls.use_private_key(asio::buffer(certificate.key), ssl::context::pem);
    std::ofstream(ca_file()) << state_->authority.pem();
    const asio::ip::tcp::endpoint target(asio::ip::address_v4::loopback(), upstream.port());
    asio::co_spawn(state_->context, serve(state_->acceptor, state_->tls, target), ignore);
    state_->thread = std::thread([this] { state_->context.run(); });
}

TlsFront::~TlsFront() {
    state_->context.stop();
    state_->thread.join();
}

std::uint16_t TlsFront::port() const {
    return state_->acceptor.local_endpoint().port();
}

std::string TlsFront::ca_file() const {
    return (state_->folder.path() / "ca.pem").string();
}

}  // namespace sluice::tests
