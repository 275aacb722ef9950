#pragma once

#include <random>

namespace sluice {

/// A generator of its own, seeded by the system. For names that have to differ, not for secrets.
/// Threads: one at a time.
inline std::mt19937_64 seeded_random() {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
}

}  // namespace sluice
