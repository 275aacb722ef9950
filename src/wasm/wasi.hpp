#pragma once

#include "wasm/instance_state.hpp"
#include "wasm/wasi_types.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

/// WASI preview 1: standard streams, folders, arguments, environment, clocks, random numbers,
/// sleep. A guest has of these what its InstanceOptions gave it. Internal to the layer. Source:
/// WASI, `snapshot_preview1.witx`.
namespace sluice::wasm::wasi {

static_assert(std::endian::native == std::endian::little, "guest memory is read in place");

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

/// One call: its arguments, and the guest behind it.
struct Call {
    std::uint32_t u32(std::size_t i) const { return static_cast<std::uint32_t>(values[i].i32); }
    std::uint64_t u64(std::size_t i) const { return static_cast<std::uint64_t>(values[i].i64); }
    Instance::State& guest() const { return caller.state(); }
    /// What the guest has open under the number that argument `i` gives.
    Descriptor* descriptor(std::size_t i) const { return guest().descriptors.find(u32(i)); }
    bool is_stream() const { return u32(0) <= 2; }

    GuestCaller& caller;
    Memory memory;
    std::span<Value> values;
};

/// Nanoseconds of WASI's clock `id` (0: since 1970, 1: monotonic); nothing for other clocks.
std::optional<std::uint64_t> clock_nanoseconds(std::uint32_t id);

/// `poll_oneoff(subscriptions, events, count, ready)`. Writes the events that will have happened
/// at the time it gives back, or at once when it gives none. The first value becomes the errno.
std::optional<Clock::time_point> poll_oneoff(const Call& call);

}  // namespace sluice::wasm::wasi
