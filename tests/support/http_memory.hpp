#pragma once

#include "http/read_buffer.hpp"

#include <boost/asio/buffer.hpp>

#include <string_view>

namespace sluice::tests {

/// Puts bytes into a connection's buffer as a read would.
inline void arrive(http::ReadBuffer& buffer, std::string_view bytes) {
    buffer.make_room(bytes.size());
    buffer.commit(
        boost::asio::buffer_copy(buffer.space(), boost::asio::buffer(bytes.data(), bytes.size())));
}

}  // namespace sluice::tests
