#include "redis_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace sluice::tests {
namespace {

/// Free a moment ago: somebody else may take it before the server does.
std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(socket);
    return ntohs(address.sin_port);
}

}  // namespace

RedisServer::RedisServer(std::string password, std::uint16_t port)
    : password_(std::move(password)), port_(port) {
    constexpr int most_attempts = 20;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        port_ = port == 0 ? free_port() : port;
        if (start()) return;
    }
    throw std::runtime_error("redis-server does not start: " + process_->output());
}

bool RedisServer::start() {
    std::vector<std::string> command{"/usr/bin/redis-server",
                                     "--port",
                                     std::to_string(port_),
                                     "--bind",
                                     "127.0.0.1",
                                     "--save",
                                     "",
                                     "--appendonly",
                                     "no"};
    if (!password_.empty()) {
        command.emplace_back("--requirepass");
        command.push_back(password_);
    }
    process_ = std::make_unique<Process>(std::move(command));
    return process_->wait_for("Ready to accept connections");
}

std::string RedisServer::url() const {
    std::string password = password_;
    for (std::size_t at = 0; (at = password.find(' ', at)) != std::string::npos;)
        password.replace(at, 1, "%20");
    return fmt::format("redis://{}127.0.0.1:{}", password.empty() ? "" : ":" + password + "@",
                       port_);
}

}  // namespace sluice::tests
