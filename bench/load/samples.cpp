#include "load/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace sluice::bench {

void Samples::add(std::chrono::nanoseconds duration) {
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    const std::int64_t kept = std::clamp<std::int64_t>(duration.count(), 0, most);
    nanoseconds_.push_back(static_cast<std::uint32_t>(kept));
}

std::string Samples::to_json() {
    std::sort(nanoseconds_.begin(), nanoseconds_.end());
    const auto microseconds = [this](std::size_t percent) {
        if (nanoseconds_.empty()) return 0.0;
        const std::size_t at =
            std::min(nanoseconds_.size() - 1, nanoseconds_.size() * percent / 100);
        return nanoseconds_[at] / 1'000.0;
    };
    return fmt::format(R"({{"count":{},"p50_us":{:.1f},"p99_us":{:.1f},"max_us":{:.1f}}})", count(),
                       microseconds(50), microseconds(99), microseconds(100));
}

}  // namespace sluice::bench
