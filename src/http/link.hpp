#pragma once

#include "http/asio_types.hpp"
#include "http/head.hpp"
#include "http/read_buffer.hpp"
#include "http/tls_client.hpp"
#include "http/url.hpp"
#include "http/write.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace boost::asio::ssl {
template <typename Stream>
class stream;
}

namespace sluice::http {

/// Where links go and how: the same for every link of a pool.
struct Target {
    Scheme scheme = Scheme::http;
    std::string host{};
    std::uint16_t port = 80;
    std::shared_ptr<const TlsClient> tls{};  ///< needed for https, shared by all threads
    /// Whether an address may be connected to, for names whose owner is not trusted; null: all may.
    bool (*admits)(const asio::ip::address&) = nullptr;

    /// `host:port`, for messages.
    std::string endpoint() const;
};

/// `tls` is made (once, shared) by whoever reads the configuration.
Target target_of(const BaseUrl& url, std::shared_ptr<const TlsClient> tls);

class TlsHandshake;

/// One connection to an upstream, plain or TLS, with the bytes read ahead on it.
///
/// Made by connect() (connect.hpp), kept by a LinkPool. Owned by one coroutine at a time.
/// Lifetime: lives on its thread; cancel what is pending and await its end before destroying it.
class Link {
  public:
    explicit Link(Executor executor);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    Socket& socket() noexcept { return socket_; }
    ReadBuffer& buffer() noexcept { return buffer_; }
    /// For the answers' heads, one after another.
    ResponseHead& head() noexcept { return head_; }
    bool is_tls() const noexcept { return tls_ != nullptr; }

    /// Cancels what is pending; it ends with `operation_aborted`. The link is of no use afterwards.
    void cancel() noexcept;
    /// Closes at once, without a farewell.
    void close() noexcept;

    /// Whether an idle link can carry another request: open, and nothing came since the last
    /// answer. Costs one system call.
    bool is_quiet() noexcept;

    /// Requests that this link has carried before: above 0 a failure before the first answer byte
    /// may be the idle link's end, and the request may be tried once more on a fresh one.
    std::size_t served = 0;
    Clock::time_point idle_since{};

  private:
    friend Task<std::size_t> read_some(Link& link, asio::mutable_buffer space, error_code& error);
    friend Task<error_code> write_all(Link& link, Gather slices);
    friend class TlsHandshake;

    Socket socket_;
    std::unique_ptr<asio::ssl::stream<Socket&>> tls_;
    ReadBuffer buffer_;
    ResponseHead head_{};
    std::string joined_{};  ///< small pieces that go into one TLS record
};

/// As for a Socket; over TLS a cut without a farewell is `ssl::error::stream_truncated`, which
/// is_end_of_stream() does not take for an end.
Task<std::size_t> read_some(Link& link, asio::mutable_buffer space, error_code& error);

/// As for a Socket; over TLS pieces of up to 16 KiB go out as one record.
Task<error_code> write_all(Link& link, Gather slices);

/// As for a Socket; over TLS nothing goes out without waiting.
error_code write_now(Link& link, Gather& slices) noexcept;

}  // namespace sluice::http
