#include "http/connect.hpp"

#include "http/listener.hpp"

#include <sluice/error.hpp>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::http {

/// The TLS part of a link that is being made.
class TlsHandshake {
  public:
    /// Takes a reference: the link belongs to the awaiting frame.
    static Task<error_code> run(Link& link, const Target& target) {
        link.tls_ =
            std::make_unique<asio::ssl::stream<Socket&>>(link.socket_, target.tls->context());
        error_code error = expect(link.tls_->native_handle(), target.host);
        if (error) co_return error;
        co_await link.tls_->async_handshake(asio::ssl::stream_base::client,
                                            asio::redirect_error(use_task, error));
        co_return error;
    }

    static std::string cause_of(const Link& link, const Target& target, const error_code& error) {
        const long verdict = SSL_get_verify_result(link.tls_->native_handle());
        if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
            return "TLS: the certificate is not for " + target.host;
        if (verdict != X509_V_OK)
            return std::string("TLS: the certificate is not trusted: ") +
                   X509_verify_cert_error_string(verdict);
        if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
            return "TLS: the peer closed the connection during the handshake";
        return "TLS: handshake failed: " + error.message();
    }

  private:
    /// The name that the certificate must be for. An address goes without SNI.
    /// Source: RFC 6066, section 3.
    static error_code expect(SSL* ssl, const std::string& host) {
        error_code is_name;
        asio::ip::make_address(host, is_name);
        X509_VERIFY_PARAM* const checks = SSL_get0_param(ssl);
        X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        // What SSL_set_tlsext_host_name() is, without that macro's C cast.
        const auto set_sni = [&] {
            return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                            const_cast<char*>(host.c_str())) == 1;
        };
        const bool done =
            is_name
                ? X509_VERIFY_PARAM_set1_host(checks, host.c_str(), host.size()) == 1 && set_sni()
                : X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1;
        return done ? error_code() : asio::error::invalid_argument;
    }
};

namespace {

using Endpoint = asio::ip::tcp::endpoint;
using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;

[[noreturn]] void fail(const Target& target, const std::string& cause) {
    throw Error(ErrorCode::unavailable, target.endpoint() + ": " + cause);
}

[[noreturn]] void fail_late(const Target& target, Clock::duration limit) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
    throw Error(ErrorCode::timeout,
                target.endpoint() + ": not connected within " + std::to_string(ms) + " ms");
}

std::string cause_of(const error_code& error) {
    if (error == asio::error::connection_refused) return "connection refused";
    if (error == asio::error::host_not_found || error == asio::error::no_data)
        return "host not found";
    if (error == asio::error::host_not_found_try_again)
        return "host not found (the name server failed)";
    return error.message();
}

/// Cancels a link when the time is up, unless it is dropped before.
class Limit {
  public:
    Limit(Executor executor, Link& link, Clock::time_point end)
        : timer_(executor, end), watched_(std::make_shared<Watched>(&link)) {
        timer_.async_wait([watched = watched_](const error_code& error) {
            if (error || watched->link == nullptr) return;
            watched->is_late = true;
            watched->link->cancel();
        });
    }
    ~Limit() { watched_->link = nullptr; }
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

    bool is_late() const noexcept { return watched_->is_late; }

  private:
    struct Watched {
        explicit Watched(Link* watched) : link(watched) {}
        Link* link;
        bool is_late = false;
    };
    Timer timer_;
    std::shared_ptr<Watched> watched_;
};

/// Shared with the resolver, whose thread cannot be interrupted: given up, it ends by itself.
struct Resolution {
    explicit Resolution(Executor executor) : resolver(executor), gate(executor) {}

    Resolver resolver;
    Timer gate;
    std::vector<Endpoint> found{};
    error_code error{};
    bool is_done = false;
};

/// Leaves out what the target does not admit. Errors: \throws Error when nothing is left.
std::vector<Endpoint> admitted(const Target& target, std::vector<Endpoint> endpoints) {
    if (target.admits == nullptr) return endpoints;
    const std::string first = endpoints.front().address().to_string();
    std::erase_if(endpoints, [&](const Endpoint& each) { return !target.admits(each.address()); });
    if (endpoints.empty())
        fail(target, "it leads to " + first +
                         ", a private address, which only a host that is "
                         "written out may");
    return endpoints;
}

Task<std::vector<Endpoint>> resolve(const Target& target, Clock::time_point end,
                                    Clock::duration limit) {
    error_code error;
    const auto address = asio::ip::make_address(target.host, error);
    if (!error) co_return std::vector<Endpoint>{Endpoint(address, target.port)};

    const auto resolution = std::make_shared<Resolution>(co_await asio::this_coro::executor);
    resolution->gate.expires_at(end);
    resolution->resolver.async_resolve(
        target.host, std::to_string(target.port), Resolver::numeric_service,
        [resolution](const error_code& fault, const Resolver::results_type& results) {
            for (const auto& entry : results) resolution->found.push_back(entry.endpoint());
            resolution->error = fault;
            resolution->is_done = true;
            resolution->gate.cancel();
        });
    co_await resolution->gate.async_wait(asio::redirect_error(use_task, error));
    if (!resolution->is_done && error) throw boost::system::system_error(error, "connecting");
    if (!resolution->is_done) fail_late(target, limit);
    if (resolution->error) fail(target, cause_of(resolution->error));
    if (resolution->found.empty()) fail(target, "host not found");
    co_return std::move(resolution->found);
}

/// The end of one step among `steps` that share the time until `end`.
Clock::time_point share_of(Clock::time_point end, std::size_t steps) {
    const Clock::time_point now = Clock::now();
    return end <= now ? now : now + (end - now) / static_cast<Clock::rep>(steps);
}

void stop_if_cancelled(const error_code& error, const Limit& limit) {
    if (error == asio::error::operation_aborted && !limit.is_late())
        throw boost::system::system_error(error, "connecting");
}

}  // namespace

Task<std::unique_ptr<Link>> connect(Target target, Clock::duration limit) {
    const Clock::time_point end = Clock::now() + limit;
    const Executor executor = co_await asio::this_coro::executor;
    std::vector<Endpoint> found = co_await resolve(target, end, limit);
    const std::vector<Endpoint> endpoints = admitted(target, std::move(found));

    std::unique_ptr<Link> link;
    error_code error;
    for (std::size_t at = 0; at < endpoints.size(); ++at) {
        link = std::make_unique<Link>(executor);
        Limit share(executor, *link, share_of(end, endpoints.size() - at));
        co_await link->socket().async_connect(endpoints[at], asio::redirect_error(use_task, error));
        stop_if_cancelled(error, share);
        if (share.is_late()) error = asio::error::timed_out;
        if (!error) break;
    }
    if (error == asio::error::timed_out && Clock::now() >= end) fail_late(target, limit);
    if (error) fail(target, cause_of(error));
    prepare(link->socket(), error);
    if (error) fail(target, cause_of(error));

    if (target.scheme == Scheme::https) {
        Limit rest(executor, *link, end);
        error = co_await TlsHandshake::run(*link, target);
        stop_if_cancelled(error, rest);
        if (rest.is_late()) fail_late(target, limit);
        if (error) fail(target, TlsHandshake::cause_of(*link, target, error));
    }
    co_return std::move(link);
}

}  // namespace sluice::http
