#pragma once

#include "wasm/instance.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace sluice::hooks {

/// Makes guests work whose `malloc` is a counter that starts at address 0, never looks at the
/// guest's own data or the end of memory, and never goes back: two published samples are like that.
///
/// Such a counter obeys whoever calls it: `malloc(target - present)` moves it to any address, also
/// backwards, because it wraps. So each call's blocks are put into pages behind all that the guest
/// has, grown by us. The guest's own heap may reach those pages one day: it takes them for its own
/// as soon as it grows memory, and a heap that never frees creeps towards them. Against the first,
/// the arena moves behind the new end; against the second, what calls may have used up is estimated
/// and the instance is given up in time.
/// Threads: those of the instance.
/// Source: the facts page of the gateway, 1.5, where the cause is measured.
class CounterArena {
  public:
    /// Calls the guest's `malloc`.
    using Malloc = std::function<std::uint32_t(std::uint32_t)>;

    /// Whether two answers to `malloc(8)`, and one to asking backwards, are those of such a
    /// counter.
    static bool is_counter(std::uint32_t first, std::uint32_t second, const Malloc& malloc);

    /// Memory beyond the guest's own limit that an instance needs for calls of `input_bytes`.
    static std::uint64_t extra_bytes(std::size_t input_bytes);

    /// For calls of up to `input_bytes`.
    CounterArena(wasm::Instance& guest, std::size_t input_bytes);

    /// Whether another call of `input_bytes` is safe; otherwise take a new instance.
    bool fits(std::size_t input_bytes) const noexcept;

    /// Before a call: moves the guest's counter to the start of the arena.
    /// Errors: \throws Error memory_limit when memory cannot be grown.
    void rewind(const Malloc& malloc);

    /// After a call that took and gave so many bytes.
    void count(std::size_t input_bytes, std::size_t answer_bytes) noexcept;

    /// What of the memory is the guest's own doing.
    std::uint64_t guest_bytes() const noexcept;

  private:
    void place();

    wasm::Instance& guest_;
    std::uint64_t distance_;
    std::uint64_t capacity_;
    std::uint64_t spent_ = 0;  ///< of the distance, by estimate
    std::uint64_t grown_ = 0;  ///< by us
    std::uint64_t end_ = 0;    ///< of memory, after we grew it
    std::uint32_t begin_ = 0;
};

}  // namespace sluice::hooks
