#include "wire.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace sluice::tests {
namespace {

constexpr int patience_s = 30;

void check(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find("\r\n");
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), lines.back().size() + 2));
    }
    return lines;
}

bool same_name(std::string_view line, std::string_view name) {
    return line.size() > name.size() && line[name.size()] == ':' &&
           ::strncasecmp(line.data(), name.data(), name.size()) == 0;
}

}  // namespace

std::string Answer::field(std::string_view name) const {
    for (const std::string_view line : lines_of(head)) {
        if (!same_name(line, name)) continue;
        const auto value = line.find_first_not_of(": ", name.size());
        return value == std::string_view::npos ? std::string() : std::string(line.substr(value));
    }
    return {};
}

std::string Answer::text() const {
    constexpr std::array changing{"date", "x-request-id"};
    std::string out = "\n";
    for (const std::string_view line : lines_of(head)) {
        const bool changes = std::any_of(changing.begin(), changing.end(),
                                         [line](auto name) { return same_name(line, name); });
        if (!changes) out.append(line).append("\n");
    }
    return out + body;
}

std::vector<std::string> events_of(std::string_view body) {
    std::vector<std::string> events;
    while (!body.empty()) {
        const auto end = body.find("\n\n");
        if (end == std::string_view::npos) {
            events.push_back("unfinished: " + std::string(body));
            break;
        }
        std::string_view event = body.substr(0, end);
        body.remove_prefix(end + 2);
        constexpr std::string_view data = "data: ";
        if (event.starts_with(data)) event.remove_prefix(data.size());
        events.emplace_back(event);
    }
    return events;
}

Wire::Wire(std::uint16_t port) : Wire(port, 0) {}

Wire Wire::with_small_window(std::uint16_t port) {
    return Wire(port, 1);
}

Wire::Wire(std::uint16_t port, int window_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    check(socket_, "socket");
    if (window_bytes > 0)
        check(::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &window_bytes, sizeof window_bytes),
              "SO_RCVBUF");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "connect");
    const int on = 1;
    check(::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    const timeval patience{.tv_sec = patience_s, .tv_usec = 0};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
        check(::setsockopt(socket_, SOL_SOCKET, option, &patience, sizeof patience), "timeout");
}

Wire::~Wire() {
    close();
}

Wire::Wire(Wire&& other) noexcept : socket_(other.socket_), bytes_(std::move(other.bytes_)) {
    other.socket_ = -1;
}

void Wire::send(std::string_view request) {
    if (request.starts_with('\n')) request.remove_prefix(1);
    const auto end = request.find("\n\n");
    if (end == std::string_view::npos) throw std::logic_error("the request has no empty line");
    const std::string_view body = request.substr(end + 2);
    std::string bytes;
    for (const char c : request.substr(0, end + 2)) {
        if (c == '\n') bytes += '\r';
        bytes += c;
    }
    constexpr std::string_view open_length = "Content-Length: #";
    if (const auto at = bytes.find(open_length); at != std::string::npos)
        bytes.replace(at + open_length.size() - 1, 1, std::to_string(body.size()));
    send_bytes(bytes.append(body));
}

void Wire::send_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        check(static_cast<int>(std::min<ssize_t>(sent, 0)), "send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::size_t Wire::send_some(std::string_view bytes) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void Wire::chat(std::string_view json) {
    send(
        fmt::format("POST /v1/chat/completions HTTP/1.1\nHost: gateway\n"
                    "Content-Type: application/json\nContent-Length: #\n\n{}",
                    json));
}

void Wire::get(std::string_view target) {
    send(fmt::format("GET {} HTTP/1.1\nHost: gateway\n\n", target));
}

bool Wire::read_more() {
    std::array<char, 65'536> buffer{};
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == ECONNRESET) return false;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        throw std::runtime_error(
            fmt::format("nothing came in {} s; before that: \"{}\"", patience_s, bytes_));
    check(static_cast<int>(std::min<ssize_t>(count, 0)), "recv");
    bytes_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

std::string Wire::take(std::size_t count) {
    while (bytes_.size() < count)
        if (!read_more())
            throw std::runtime_error(
                fmt::format("closed before {} bytes came; what came: \"{}\"", count, bytes_));
    std::string taken = bytes_.substr(0, count);
    bytes_.erase(0, count);
    return taken;
}

std::string Wire::receive_until(std::string_view mark) {
    std::size_t at = 0;
    while ((at = bytes_.find(mark)) == std::string::npos)
        if (!read_more())
            throw std::runtime_error(
                fmt::format("closed before \"{}\" came; what came: \"{}\"", mark, bytes_));
    return take(at + mark.size());
}

std::string Wire::receive_all() {
    while (read_more()) {
    }
    return std::exchange(bytes_, {});
}

std::string Wire::receive_chunked() {
    std::string body;
    for (;;) {
        const std::size_t size = std::stoul(receive_until("\r\n"), nullptr, 16);
        body += take(size);
        if (take(2) != "\r\n") throw std::runtime_error("a chunk without its line end");
        if (size == 0) return body;
    }
}

Answer Wire::receive() {
    Answer answer;
    answer.head = receive_until("\r\n\r\n");
    answer.status = std::stoi(answer.head.substr(std::string_view("HTTP/1.1 ").size()));
    if (answer.field("Transfer-Encoding") == "chunked")
        answer.body = receive_chunked();
    else if (const std::string length = answer.field("Content-Length"); !length.empty())
        answer.body = take(std::stoul(length));
    else if (answer.status >= 200 && answer.status != 204)
        answer.body = receive_all();
    return answer;
}

bool Wire::has_bytes() {
    pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
    return !bytes_.empty() || ::poll(&readable, 1, 0) == 1;
}

void Wire::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

void Wire::reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    check(::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now), "SO_LINGER");
    close();
}

}  // namespace sluice::tests
