#include "load/poller.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace sluice::bench {
namespace {

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

Poller::Poller() : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

void Poller::add(const Descriptor& socket, std::size_t index) {
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLET;
    interest.data.u64 = index;
    checked(::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, socket.number(), &interest), "epoll_ctl");
}

void Poller::wait(const std::function<void(std::size_t)>& readable) {
    std::array<epoll_event, 256> ready{};
    const int count =
        ::epoll_wait(epoll_.number(), ready.data(), static_cast<int>(ready.size()), -1);
    if (count < 0 && errno == EINTR) return;
    checked(count, "epoll_wait");
    for (int at = 0; at < count; ++at) readable(ready[static_cast<std::size_t>(at)].data.u64);
}

Descriptor connect_to(std::uint16_t port) {
    Descriptor socket(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    checked(::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            "connect");
    const int on = 1;
    checked(::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "setsockopt");
    checked(::fcntl(socket.number(), F_SETFL, O_NONBLOCK), "fcntl");
    return socket;
}

}  // namespace sluice::bench
