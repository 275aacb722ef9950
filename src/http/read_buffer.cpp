#include "http/read_buffer.hpp"

#include <sluice/error.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <utility>

namespace sluice::http {
namespace {

constexpr std::size_t most_room_unasked = 64 << 10;

}  // namespace

ReadBuffer::ReadBuffer(ReadBuffer&& other) noexcept
    : memory_(std::move(other.memory_)),
      capacity_(std::exchange(other.capacity_, 0)),
      begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)),
      wanted_room_(std::exchange(other.wanted_room_, 0)),
      first_bytes_(other.first_bytes_),
      max_bytes_(other.max_bytes_) {}

ReadBuffer& ReadBuffer::operator=(ReadBuffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    capacity_ = std::exchange(other.capacity_, 0);
    begin_ = std::exchange(other.begin_, 0);
    end_ = std::exchange(other.end_, 0);
    wanted_room_ = std::exchange(other.wanted_room_, 0);
    first_bytes_ = other.first_bytes_;
    max_bytes_ = other.max_bytes_;
    return *this;
}

void ReadBuffer::commit(std::size_t bytes) noexcept {
    assert(bytes <= capacity_ - end_);
    // A read that fills all there was is likely to have left something in the kernel.
    if (bytes > 0 && bytes == capacity_ - end_)
        wanted_room_ = std::min(most_room_unasked, std::max<std::size_t>(bytes * 2, 4096));
    end_ += bytes;
}

void ReadBuffer::consume(std::size_t bytes) noexcept {
    assert(bytes <= size());
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
}

void ReadBuffer::erase(std::size_t offset, std::size_t bytes) noexcept {
    assert(offset + bytes <= size());
    if (bytes == 0) return;
    char* const gap = data() + offset;
    std::memmove(gap, gap + bytes, size() - offset - bytes);
    end_ -= bytes;
}

void ReadBuffer::make_room(std::size_t least) {
    if (capacity_ - end_ >= std::max(least, wanted_room_)) return;
    if (size() > max_bytes_ || max_bytes_ - size() < least)
        throw Error(ErrorCode::memory_limit, "a connection's buffer would hold more than " +
                                                 std::to_string(max_bytes_) + " bytes");
    const std::size_t room = std::min(std::max(least, wanted_room_), max_bytes_ - size());
    if (capacity_ - size() >= room && size() <= capacity_ / 2) {
        std::memmove(memory_.get(), data(), size());
        end_ -= std::exchange(begin_, 0);
        return;
    }
    const std::size_t doubled = std::min(capacity_ * 2, max_bytes_);
    grow_to(std::max({size() + room, std::min(first_bytes_, max_bytes_), doubled}));
}

void ReadBuffer::reserve_total(std::size_t bytes) {
    if (capacity_ - begin_ >= bytes && capacity_ != 0) return;
    if (bytes > max_bytes_)
        throw Error(ErrorCode::memory_limit, "a connection's buffer would hold " +
                                                 std::to_string(bytes) + " bytes, more than " +
                                                 std::to_string(max_bytes_));
    grow_to(std::max(bytes, size()));
}

void ReadBuffer::release() noexcept {
    if (!empty()) return;
    memory_.reset();
    capacity_ = begin_ = end_ = wanted_room_ = 0;
}

void ReadBuffer::grow_to(std::size_t capacity) {
    // Not value-initialised: the pages of a large body are touched only when its bytes come.
    auto memory = std::make_unique_for_overwrite<char[]>(capacity + padding);
    if (size() > 0) std::memcpy(memory.get(), data(), size());
    end_ = size();
    begin_ = 0;
    memory_ = std::move(memory);
    capacity_ = capacity;
}

}  // namespace sluice::http
