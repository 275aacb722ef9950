#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::gateway {

/// What came of one call of a plug-in's shadow.
enum class ShadowResult : std::uint8_t {
    same,
    different,
    failed,   ///< the shadow trapped, broke a limit or answered what cannot be read
    dropped,  ///< it was not called: too many calls were waiting
};
inline constexpr std::array<std::string_view, 4> shadow_results{"same", "different", "failed",
                                                                "dropped"};

}  // namespace sluice::gateway
