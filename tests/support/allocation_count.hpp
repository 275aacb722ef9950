#pragma once

#include <cstddef>

namespace sluice::tests {

/// How often this thread allocated memory while `work` ran, by malloc and all that is built on it:
/// the engine's Rust included. For programs that allocation_count.cpp is part of.
std::size_t allocations_now() noexcept;

template <class Work>
std::size_t allocations_of(Work&& work) {
    const std::size_t before = allocations_now();
    work();
    return allocations_now() - before;
}

}  // namespace sluice::tests
