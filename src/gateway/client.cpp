#include "gateway/client.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace sluice::gateway {

namespace {

/// Most requests fit; a stream's session gives it back while it runs.
constexpr std::size_t first_read_bytes = 4096;

}  // namespace

Client::Client(http::Socket socket, http::Sweep& sweep, std::size_t max_bytes)
    : socket_(std::move(socket)),
      watch_(socket_),
      buffer_(first_read_bytes, max_bytes),
      deadline_(sweep, [this] { cancel(); }) {}

void Client::cancel() noexcept {
    http::error_code ignored;
    socket_.cancel(ignored);
    if (link_ != nullptr) link_->cancel();
    if (timer_ != nullptr) timer_->cancel();
}

http::Task<void> Client::write(http::Gather slices) {
    const http::error_code error = co_await http::write_all(socket_, slices);
    if (error) throw_cancelled();
}

void Client::write_now(http::Gather& slices) {
    if (http::write_now(socket_, slices)) throw_cancelled();
}

void throw_cancelled() {
    throw boost::system::system_error(boost::asio::error::operation_aborted);
}

}  // namespace sluice::gateway
