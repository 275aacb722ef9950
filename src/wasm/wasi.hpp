#pragma once

#include "wasm/instance.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

/// WASI preview 1 for guests that own nothing: standard streams, clocks, random numbers, sleep.
/// Internal to the layer. Source: WASI, `snapshot_preview1.witx`.
namespace sluice::wasm::wasi {

static_assert(std::endian::native == std::endian::little, "guest memory is read in place");

enum Errno : std::int32_t {
    success = 0,
    badf = 8,    ///< no such descriptor: all but the three streams
    fault = 21,  ///< an address outside the guest's memory
    inval = 28,
    io = 29,
    nosys = 52,
    spipe = 70,
};

/// A guest's memory during one host call. Every access is checked.
class Memory {
  public:
    explicit Memory(std::span<std::byte> bytes) : bytes_(bytes) {}

    /// The bytes from `at`; nothing when they are not all the guest's.
    std::optional<std::span<std::byte>> range(std::uint32_t at, std::uint64_t size) const {
        if (at > bytes_.size() || size > bytes_.size() - at) return std::nullopt;
        return bytes_.subspan(at, size);
    }
    template <class T>
    std::optional<T> load(std::uint32_t at) const {
        const auto place = range(at, sizeof(T));
        if (!place) return std::nullopt;
        T value;
        std::memcpy(&value, place->data(), sizeof(T));
        return value;
    }
    template <class T>
    bool store(std::uint32_t at, T value) const {
        const auto place = range(at, sizeof(T));
        if (place) std::memcpy(place->data(), &value, sizeof(T));
        return place.has_value();
    }

  private:
    std::span<std::byte> bytes_;
};

/// Nanoseconds of WASI's clock `id` (0: since 1970, 1: monotonic); nothing for other clocks.
std::optional<std::uint64_t> clock_nanoseconds(std::uint32_t id);

/// `poll_oneoff(subscriptions, events, count, ready)`. Writes the events that will have happened
/// at the time it gives back, or at once when it gives none. `values[0]` becomes the errno.
std::optional<Clock::time_point> poll_oneoff(Memory memory, std::span<Value> values);

}  // namespace sluice::wasm::wasi
