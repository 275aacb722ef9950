#include "wasm/wasi.hpp"

#include "wasm/wasi_files.hpp"
#include "wasm/wasi_streams.hpp"

#include <algorithm>
#include <vector>

namespace sluice::wasm::wasi {
namespace {

// Layout of `subscription` and `event` in snapshot_preview1.witx.
constexpr std::uint32_t subscription_bytes = 48;
constexpr std::uint32_t event_bytes = 32;
constexpr std::uint32_t max_subscriptions = 4096;
constexpr std::uint64_t longest_wait_ns = 1'000'000'000ULL * 3600 * 24 * 365;

enum Tag : std::uint8_t { clock = 0, readable = 1, writable = 2 };

struct Subscription {
    std::uint64_t user_data = 0;
    Tag tag = clock;
    std::uint16_t error = success;
    bool hangup = false;
    std::uint64_t ready_bytes = 0;
    std::uint64_t wait_ns = 0;  ///< 0: has happened
};

void read_clock(const Memory& memory, std::uint32_t at, Subscription& read) {
    constexpr std::uint16_t absolute = 1;
    const auto now = clock_nanoseconds(*memory.load<std::uint32_t>(at + 16));
    if (!now) {
        read.error = inval;
        return;
    }
    std::uint64_t wait = *memory.load<std::uint64_t>(at + 24);
    if ((*memory.load<std::uint16_t>(at + 40) & absolute) != 0)
        wait = wait > *now ? wait - *now : 0;
    read.wait_ns = std::min(wait, longest_wait_ns);
}

/// Files never make a guest wait, nor does a stream.
void read_descriptor(const Call& call, std::uint32_t at, Subscription& read) {
    constexpr std::uint64_t writable_bytes = 64 << 10;
    const auto fd = *call.memory.load<std::uint32_t>(at + 16);
    const Descriptor* open = call.guest().descriptors.find(fd);
    const bool is_file = open != nullptr && open->kind == Descriptor::Kind::file;
    if (read.tag == readable && is_file) {
        read.ready_bytes = bytes_to_end(*open);
    } else if (read.tag == readable && open == nullptr && fd == 0) {
        read.ready_bytes = unread_input(call.guest()).size();
        read.hangup = read.ready_bytes == 0;  // standard input is at its end
    } else if (read.tag == writable && (is_file || (open == nullptr && (fd == 1 || fd == 2)))) {
        read.ready_bytes = writable_bytes;
    } else {
        read.error = badf;
    }
}

/// `at` and the bytes of a subscription from there are the guest's.
Subscription read_subscription(const Call& call, std::uint32_t at) {
    const Memory& memory = call.memory;
    Subscription read;
    read.user_data = *memory.load<std::uint64_t>(at);
    read.tag = static_cast<Tag>(*memory.load<std::uint8_t>(at + 8));
    switch (read.tag) {
        case clock:
            read_clock(memory, at, read);
            break;
        case readable:
        case writable:
            read_descriptor(call, at, read);
            break;
        default:
            read.error = inval;
    }
    return read;
}

void write_event(const Memory& memory, std::uint32_t at, const Subscription& happened) {
    std::array<std::byte, event_bytes> zero{};
    memory.store(at, zero);
    memory.store(at, happened.user_data);
    memory.store(at + 8, happened.error);
    memory.store(at + 10, static_cast<std::uint8_t>(happened.tag));
    memory.store(at + 16, happened.ready_bytes);
    memory.store(at + 24, static_cast<std::uint16_t>(happened.hangup ? 1 : 0));
}

}  // namespace

std::optional<Clock::time_point> poll_oneoff(const Call& call) {
    const Memory& memory = call.memory;
    const std::span<Value> values = call.values;
    const std::uint32_t in = call.u32(0);
    const std::uint32_t out = call.u32(1);
    const std::uint32_t count = call.u32(2);
    const std::uint32_t ready = call.u32(3);

    if (count == 0 || count > max_subscriptions) {
        values[0].i32 = inval;
        return std::nullopt;
    }
    if (!memory.range(in, std::uint64_t{count} * subscription_bytes) ||
        !memory.range(out, std::uint64_t{count} * event_bytes) ||
        !memory.store(ready, std::uint32_t{0})) {
        values[0].i32 = fault;
        return std::nullopt;
    }
    std::vector<Subscription> wanted(count);  // read before events are written: they may overlap
    for (std::uint32_t i = 0; i < count; ++i)
        wanted[i] = read_subscription(call, in + i * subscription_bytes);
    const std::uint64_t wait =
        std::ranges::min_element(wanted, {}, &Subscription::wait_ns)->wait_ns;

    std::uint32_t events = 0;
    for (const Subscription& each : wanted)
        if (each.wait_ns <= wait) write_event(memory, out + event_bytes * events++, each);
    memory.store(ready, events);
    values[0].i32 = success;
    if (wait == 0) return std::nullopt;
    return Clock::now() + std::chrono::nanoseconds(wait);
}

}  // namespace sluice::wasm::wasi
