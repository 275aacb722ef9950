#pragma once

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace sluice::http {

/// The bytes of one connection that were read and not yet used, in one contiguous piece.
///
/// Behind the last byte `padding` more can always be read, as simdjson's parsers ask for. No memory
/// is taken before the first make_room().
/// Lifetime: views and pointers die with the next make_room(), reserve_total() or release();
/// erase() moves what lies behind it. Errors: make_room() and reserve_total() \throws Error
/// memory_limit when more than the limit would
///     be needed; the buffer is unchanged.
class ReadBuffer {
  public:
    static constexpr std::size_t padding = 64;

    explicit ReadBuffer(std::size_t first_bytes = 4096, std::size_t max_bytes = 1 << 20)
        : first_bytes_(first_bytes), max_bytes_(max_bytes) {}
    ReadBuffer(ReadBuffer&& other) noexcept;
    ReadBuffer& operator=(ReadBuffer&& other) noexcept;

    /// Changes the bound of what may be held; bytes that are there stay.
    void limit(std::size_t max_bytes) noexcept { max_bytes_ = max_bytes; }

    std::string_view view() const noexcept { return {memory_.get() + begin_, end_ - begin_}; }
    char* data() noexcept { return memory_.get() + begin_; }
    std::size_t size() const noexcept { return end_ - begin_; }
    bool empty() const noexcept { return begin_ == end_; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// Where the next read writes; commit() then says how much came.
    boost::asio::mutable_buffer space() noexcept {
        return {memory_.get() + end_, capacity_ - end_};
    }
    void commit(std::size_t bytes) noexcept;

    /// Drops `bytes` from the front. Views of what lies behind stay valid.
    void consume(std::size_t bytes) noexcept;

    /// Takes `bytes` out at `offset` and closes the gap.
    void erase(std::size_t offset, std::size_t bytes) noexcept;

    /// Makes space() hold at least `least` bytes; more (up to 64 KiB) while reads keep filling it.
    void make_room(std::size_t least = 2048);

    /// Makes room for `bytes` in view(), so that they can come in few reads and no further growth.
    void reserve_total(std::size_t bytes);

    /// Gives the memory back when nothing is held; a stream's client needs none while it listens.
    void release() noexcept;

  private:
    void grow_to(std::size_t capacity);

    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0;  ///< without the padding
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t wanted_room_ = 0;
    std::size_t first_bytes_;
    std::size_t max_bytes_;
};

}  // namespace sluice::http
