#include "http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <stdexcept>

namespace sluice::tests {
namespace {

void check(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("test server: ") + what);
}

bool same(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return std::tolower(x) == std::tolower(y); });
}

/// Bytes of a connection, with TLS or without.
class Wire {
  public:
    Wire(int socket, SSL_CTX* tls) : socket_(socket) {
        if (tls == nullptr) return;
        ssl_.reset(SSL_new(tls));
        SSL_set_fd(ssl_.get(), socket);
        open_ = SSL_accept(ssl_.get()) == 1;
    }

    /// False at the end.
    bool read_into(std::string& buffer) {
        std::array<char, 4096> bytes{};
        if (!open_) return false;
        const auto count = ssl_ ? SSL_read(ssl_.get(), bytes.data(), int(bytes.size()))
                                : recv(socket_, bytes.data(), bytes.size(), 0);
        if (count <= 0) return false;
        buffer.append(bytes.data(), static_cast<std::size_t>(count));
        return true;
    }
    void write(std::string_view text) {
        while (!text.empty() && open_) {
            const auto count = ssl_ ? SSL_write(ssl_.get(), text.data(), int(text.size()))
                                    : send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
    }

  private:
    struct Free {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };
    int socket_;
    std::unique_ptr<SSL, Free> ssl_{};
    bool open_ = true;
};

std::optional<HttpServer::Request> read_request(Wire& wire, std::string& buffer) {
    std::size_t end = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
        if (!wire.read_into(buffer)) return std::nullopt;
    HttpServer::Request request;
    request.head = buffer.substr(0, end + 2);
    buffer.erase(0, end + 4);
    const std::size_t first = request.head.find(' ');
    const std::size_t second = request.head.find(' ', first + 1);
    request.method = request.head.substr(0, first);
    request.target = request.head.substr(first + 1, second - first - 1);
    const std::string length = request.header("Content-Length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (buffer.size() < size)
        if (!wire.read_into(buffer)) return std::nullopt;
    request.body = buffer.substr(0, size);
    buffer.erase(0, size);
    return request;
}

}  // namespace

std::string HttpServer::Request::header(std::string_view name) const {
    for (std::size_t at = head.find("\r\n"); at + 2 < head.size();) {
        const std::size_t end = head.find("\r\n", at + 2);
        const std::string_view line = std::string_view(head).substr(at + 2, end - at - 2);
        const std::size_t colon = line.find(':');
        if (same(line.substr(0, colon), name)) {
            std::string_view value = line.substr(colon + 1);
            if (value.starts_with(' ')) value.remove_prefix(1);
            return std::string(value);
        }
        at = end;
    }
    return {};
}

HttpServer::HttpServer(Answer answer, const std::optional<Certificate>& certificate)
    : answer_(std::move(answer)) {
    if (certificate) {
        tls_.reset(SSL_CTX_new(TLS_server_method()));
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> first(
            BIO_new_mem_buf(certificate->certificate.data(), -1), BIO_free_all);
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> second(
            BIO_new_mem_buf(certificate->key.data(), -1), BIO_free_all);
        X509* const x509 = PEM_read_bio_X509(first.get(), nullptr, nullptr, nullptr);
        EVP_PKEY* const key = PEM_read_bio_PrivateKey(second.get(), nullptr, nullptr, nullptr);
        check(SSL_CTX_use_certificate(tls_.get(), x509) == 1, "certificate");
        check(SSL_CTX_use_PrivateKey(tls_.get(), key) == 1, "key");
        X509_free(x509);
        EVP_PKEY_free(key);
    }
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(listener_ >= 0, "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    check(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
    check(listen(listener_, 16) == 0, "listen");
    check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this] { accept_all(); });
}

HttpServer::~HttpServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
    }
    threads_.clear();
    for (const int socket : sockets_) close(socket);
    close(listener_);
}

void HttpServer::accept_all() {
    for (;;) {
        const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        const std::lock_guard lock(mutex_);
        sockets_.push_back(socket);
        threads_.emplace_back([this, socket] { serve(socket); });
    }
}

void HttpServer::serve(int socket) {
    // OpenSSL writes without MSG_NOSIGNAL. In this thread only: the product's own must not need it.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    Wire wire(socket, tls_.get());
    std::string buffer;
    while (const auto request = read_request(wire, buffer)) {
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(*request);
        }
        changed_.notify_all();
        const std::string answer = answer_(*request);
        wire.write(answer);
        if (answer.find("\r\nConnection: close\r\n") != std::string::npos) break;
    }
    shutdown(socket, SHUT_RDWR);
}

std::string HttpServer::url(std::string_view path, std::string_view host) const {
    return (tls_ ? "https://" : "http://") + std::string(host) + ":" + std::to_string(port_) +
           std::string(path);
}

std::vector<HttpServer::Request> HttpServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::size_t HttpServer::connections() const {
    const std::lock_guard lock(mutex_);
    return sockets_.size();
}

void HttpServer::wait_for_request() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !requests_.empty(); });
}

std::string response(std::string_view status, std::string_view body, std::string_view headers) {
    return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace sluice::tests
