#include "http/link.hpp"

#include "http/stream_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <sys/socket.h>

#include <cerrno>

namespace sluice::http {
namespace {

constexpr std::size_t first_bytes = 8 << 10;
constexpr std::size_t tls_record_bytes = 16 << 10;

}  // namespace

bool is_end_of_stream(const error_code& error) noexcept {
    return error == asio::error::eof;
}

std::string Target::endpoint() const {
    return BaseUrl{.host = host, .port = port}.endpoint();
}

Target target_of(const BaseUrl& url, std::shared_ptr<const TlsClient> tls) {
    return {.scheme = url.scheme, .host = url.host, .port = url.port, .tls = std::move(tls)};
}

Link::Link(Executor executor) : socket_(executor), buffer_(first_bytes) {}

Link::~Link() = default;

void Link::cancel() noexcept {
    error_code ignored;
    socket_.cancel(ignored);
}

void Link::close() noexcept {
    error_code ignored;
    socket_.close(ignored);
}

bool Link::is_quiet() noexcept {
    if (!socket_.is_open() || !buffer_.empty()) return false;
    char byte = 0;
    if (tls_ == nullptr) {
        const auto peeked = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }
    // Looks through the stream: a session ticket may lie there, which is no reason to part, or a
    // farewell that came in one piece with the last answer and is no longer in the socket.
    error_code error;
    tls_->read_some(asio::buffer(&byte, 1), error);
    return error == asio::error::would_block;
}

Task<std::size_t> read_some(Link& link, asio::mutable_buffer space, error_code& error) {
    if (link.tls_ == nullptr) return read_some(link.socket_, space, error);
    return link.tls_->async_read_some(space, asio::redirect_error(use_task, error));
}

error_code write_now(Link& link, Gather& slices) noexcept {
    return link.is_tls() ? error_code() : write_now(link.socket(), slices);
}

Task<error_code> write_all(Link& link, Gather slices) {
    if (link.tls_ == nullptr) co_return co_await write_all(link.socket_, slices);
    // A record has one piece: head and body of a usual request are joined, so they cost one send.
    if (slices.begin() + 1 < slices.end()) {
        link.joined_.clear();
        for (const asio::const_buffer& slice : slices) {
            const std::size_t room = tls_record_bytes - link.joined_.size();
            link.joined_.append(static_cast<const char*>(slice.data()),
                                std::min(slice.size(), room));
        }
        slices.advance(link.joined_.size());
        Gather all{link.joined_};
        for (const asio::const_buffer& slice : slices)
            all.add({static_cast<const char*>(slice.data()), slice.size()});
        slices = all;
    }
    while (!slices.empty()) {
        error_code error;
        const asio::const_buffer piece = *slices.begin();
        const std::size_t sent =
            co_await link.tls_->async_write_some(piece, asio::redirect_error(use_task, error));
        if (error) co_return error;
        slices.advance(sent);
    }
    co_return error_code();
}

}  // namespace sluice::http
