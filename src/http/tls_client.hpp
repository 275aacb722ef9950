#pragma once

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace sluice::http {

/// How we speak TLS to upstreams: 1.2 or newer, the certificate verified against the system's trust
/// store or a file of authorities, for the host's name. There is no way to switch that off.
///
/// Threads: immutable once made; one object serves all threads.
/// Blocks: the constructor reads files; never make one on an I/O thread.
/// Errors: \throws Error invalid_input, naming `ca_file` and the cause.
class TlsClient {
  public:
    explicit TlsClient(const std::string& ca_file = {});
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    boost::asio::ssl::context& context() const noexcept { return *context_; }

  private:
    std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace sluice::http
