#include "load/connection.hpp"

#include <strings.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace sluice::bench {
namespace {

constexpr std::string_view last_chunk = "\r\n0\r\n\r\n";

/// The value of a field; empty when the head has none of that name.
std::string_view field(std::string_view head, std::string_view name) {
    for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;
         line = head.find("\r\n", line + 2)) {
        const std::string_view text = head.substr(line + 2);
        if (text.size() > name.size() + 1 && text[name.size()] == ':' &&
            ::strncasecmp(text.data(), name.data(), name.size()) == 0) {
            const std::string_view value =
                text.substr(name.size() + 1, text.find("\r\n") - name.size() - 1);
            return value.substr(std::min(value.find_first_not_of(' '), value.size()));
        }
    }
    return {};
}

}  // namespace

void Connection::send(std::string_view request) {
    in_body_ = false;
    head_.clear();
    tail_.clear();
    sent_at_ = Clock::now();
    const ssize_t sent = ::send(socket_.number(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0) throw std::system_error(errno, std::generic_category(), "send");
    if (static_cast<std::size_t>(sent) != request.size())
        throw std::runtime_error("the request does not fit the socket's buffer");
}

std::optional<Connection::Piece> Connection::read() {
    const ssize_t count = ::recv(socket_.number(), buffer_.data(), buffer_.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    if (count <= 0) return Piece{.gone = true};
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
    if (!in_body_ && !take_head(bytes)) return Piece{};
    return Piece{.body = bytes, .complete = ends(bytes)};
}

bool Connection::take_head(std::string_view& bytes) {
    const std::size_t had = head_.size();
    head_ += bytes;
    const auto end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    head_.resize(end + 4);
    bytes.remove_prefix(head_.size() - had);

    in_body_ = true;
    std::from_chars(head_.data() + 9, head_.data() + 12, status_);
    chunked_ = field(head_, "transfer-encoding") == "chunked";
    left_ = 0;
    const std::string_view length = field(head_, "content-length");
    std::from_chars(length.data(), length.data() + length.size(), left_);
    return true;
}

bool Connection::ends(std::string_view body) {
    if (!chunked_) {
        if (body.size() > left_) throw std::runtime_error("more body than was announced");
        left_ -= body.size();
        return left_ == 0;
    }
    tail_ += body.substr(body.size() - std::min(body.size(), last_chunk.size()));
    if (tail_.size() > last_chunk.size()) tail_.erase(0, tail_.size() - last_chunk.size());
    return tail_ == last_chunk;
}

}  // namespace sluice::bench
