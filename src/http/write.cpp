#include "http/write.hpp"

#include <algorithm>

namespace sluice::http {

void Gather::advance(std::size_t bytes) noexcept {
    while (bytes > 0) {
        asio::const_buffer& slice = slices_[first_];
        const std::size_t here = std::min(bytes, slice.size());
        slice += here;
        bytes -= here;
        if (slice.size() == 0) ++first_;
    }
}

error_code write_now(Socket& socket, Gather& slices) noexcept {
    while (!slices.empty()) {
        error_code error;
        slices.advance(socket.write_some(slices, error));
        if (error == asio::error::would_block) return {};
        if (error) return error;
    }
    return {};
}

Task<error_code> write_all(Socket& socket, Gather slices) {
    for (;;) {
        error_code error = write_now(socket, slices);
        if (error || slices.empty()) co_return error;
        co_await socket.async_wait(Socket::wait_write, asio::redirect_error(use_task, error));
        if (error) co_return error;
    }
}

}  // namespace sluice::http
