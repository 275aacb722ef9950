#pragma once

#include "http/asio_types.hpp"

#include <array>
#include <cassert>
#include <cstddef>
#include <string_view>

namespace sluice::http {

/// A few pieces that go out in one write. Views: their owners outlive the write.
class Gather {
  public:
    static constexpr std::size_t most = 8;

    Gather() = default;
    template <class... Views>
    explicit Gather(std::string_view first, const Views&... views) {
        add(first);
        (add(views), ...);
    }

    /// Empty pieces are left out.
    void add(std::string_view piece) noexcept {
        if (piece.empty()) return;
        assert(count_ < most);
        slices_[count_++] = asio::buffer(piece.data(), piece.size());
    }

    /// Drops what has been sent.
    void advance(std::size_t bytes) noexcept;
    std::size_t bytes() const noexcept { return asio::buffer_size(*this); }
    bool empty() const noexcept { return first_ == count_; }

    using value_type = asio::const_buffer;
    using const_iterator = const asio::const_buffer*;
    const_iterator begin() const noexcept { return slices_.data() + first_; }
    const_iterator end() const noexcept { return slices_.data() + count_; }

  private:
    std::array<asio::const_buffer, most> slices_{};
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

/// Writes all of it: at once as far as the socket takes it, suspended only while that is full.
///
/// The socket must be non-blocking (prepare() in listener.hpp; links are). Name the Gather before
/// the co_await and move it in. Takes a reference: the socket belongs to the awaiting frame.
/// Errors: returned, `operation_aborted` when cancelled; then part of it may have been sent.
Task<error_code> write_all(Socket& socket, Gather slices);

/// What goes out without waiting; `slices` keeps the rest. Before a write_all() of that rest it
/// saves a coroutine, because mostly nothing is left; and it writes from code that cannot suspend.
error_code write_now(Socket& socket, Gather& slices) noexcept;

}  // namespace sluice::http
