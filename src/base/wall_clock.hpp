#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

/// Microseconds since 1970, as logs and guests count them. It may jump; nothing is timed by it.
inline std::int64_t epoch_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace sluice
