#include "hooks/counter_arena.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::hooks {
namespace {

constexpr std::uint64_t page_bytes = 64 << 10;
constexpr std::uint64_t least_distance = 8 << 20;

/// What a guest's heap may use up for a call that takes or gives `bytes`: AssemblyScript holds
/// texts as UTF-16 and copies them several times; measured up to 30 times the text.
std::uint64_t heap_use(std::uint64_t bytes) {
    return 32 * bytes + (8 << 10);
}

std::uint64_t distance_for(std::size_t input_bytes) {
    return std::max(least_distance, 2 * heap_use(input_bytes));
}

/// Input, and an answer of twice its size.
std::uint64_t capacity_for(std::size_t input_bytes) {
    return 3 * std::uint64_t{input_bytes} + (1 << 20);
}

}  // namespace

bool CounterArena::is_counter(std::uint32_t first, std::uint32_t second, const Malloc& malloc) {
    constexpr std::uint32_t lowest_data = 1024;  // linkers put nothing below
    if (first >= lowest_data || second != first + 8) return false;
    return malloc(static_cast<std::uint32_t>(-8)) == second + 8 && malloc(0) == second;
}

std::uint64_t CounterArena::extra_bytes(std::size_t input_bytes) {
    // Twice, because TinyGo's heap doubles the whole memory, our pages included.
    return 2 * (distance_for(input_bytes) + capacity_for(input_bytes) + page_bytes);
}

CounterArena::CounterArena(wasm::Instance& guest, std::size_t input_bytes)
    : guest_(guest), distance_(distance_for(input_bytes)), capacity_(capacity_for(input_bytes)) {}

bool CounterArena::fits(std::size_t input_bytes) const noexcept {
    return capacity_for(input_bytes) <= capacity_ && spent_ + heap_use(input_bytes) <= distance_;
}

void CounterArena::rewind(const Malloc& malloc) {
    if (guest_.memory().size() != end_) place();
    const std::uint32_t present = malloc(0);
    malloc(begin_ - present);
}

void CounterArena::place() {
    const std::uint64_t present = guest_.memory().size();
    const std::uint64_t begin = present + distance_;
    const std::uint64_t pages = (distance_ + capacity_ + page_bytes - 1) / page_bytes;
    if (begin + capacity_ > UINT32_MAX || !guest_.grow_memory(pages))
        throw Error(ErrorCode::memory_limit,
                    fmt::format("plug-in {}: its allocator is a bare counter, and memory cannot "
                                "be grown by the {} pages that make up for it",
                                guest_.module().name(), pages));
    begin_ = static_cast<std::uint32_t>(begin);
    end_ = present + pages * page_bytes;
    grown_ += pages * page_bytes;
    spent_ = 0;
}

void CounterArena::count(std::size_t input_bytes, std::size_t answer_bytes) noexcept {
    spent_ += heap_use(input_bytes + answer_bytes);
}

std::uint64_t CounterArena::guest_bytes() const noexcept {
    return guest_.memory_bytes() - grown_;
}

}  // namespace sluice::hooks
