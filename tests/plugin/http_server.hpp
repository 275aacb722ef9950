#pragma once

#include "test_authority.hpp"

#include <openssl/ssl.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::tests {

/// A web server on a port of 127.0.0.1, with a thread for each connection.
class HttpServer {
  public:
    struct Request {
        std::string method{};
        std::string target{};
        std::string head{};  ///< with the request line
        std::string body{};

        /// The value of a header; empty when it is not there.
        std::string header(std::string_view name) const;
    };
    /// Gives what is sent back, byte for byte; nothing is sent for an empty text.
    using Answer = std::function<std::string(const Request&)>;

    explicit HttpServer(Answer answer, const std::optional<Certificate>& certificate = {});
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// `http://HOST:PORT/PATH`; every name of a loopback address leads here.
    std::string url(std::string_view path = "/", std::string_view host = "127.0.0.1") const;
    int port() const { return port_; }

    std::vector<Request> requests() const;
    std::size_t connections() const;
    void wait_for_request();

  private:
    struct FreeContext {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };

    void accept_all();
    void serve(int socket);

    Answer answer_;
    std::unique_ptr<SSL_CTX, FreeContext> tls_{};
    int listener_ = -1;
    int port_ = 0;
    mutable std::mutex mutex_{};
    std::condition_variable changed_{};
    std::vector<Request> requests_{};
    std::vector<int> sockets_{};
    std::vector<std::jthread> threads_{};
    std::jthread acceptor_{};
};

/// A response with its length. `headers` are whole lines.
std::string response(std::string_view status, std::string_view body = {},
                     std::string_view headers = {});

}  // namespace sluice::tests
