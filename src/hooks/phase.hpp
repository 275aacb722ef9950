#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::hooks {

/// When the gateway calls a plug-in, in the order of a request's life.
enum class Phase : std::uint8_t { http_pre, pre, stream_chunk, post, http_post };

inline constexpr std::array all_phases{Phase::http_pre, Phase::pre, Phase::stream_chunk,
                                       Phase::post, Phase::http_post};

/// The guest's export for `phase` in generation C.
/// Source: seed 000, "Plugin Interface".
constexpr std::string_view export_name(Phase phase) {
    switch (phase) {
        case Phase::http_pre:
            return "http_pre_hook";
        case Phase::pre:
            return "pre_hook";
        case Phase::stream_chunk:
            return "http_stream_chunk_hook";
        case Phase::post:
            return "post_hook";
        case Phase::http_post:
            return "http_post_hook";
    }
    return {};
}

/// The phases that a plug-in takes part in.
class PhaseSet {
  public:
    constexpr void add(Phase phase) { bits_ |= bit(phase); }
    constexpr bool has(Phase phase) const { return (bits_ & bit(phase)) != 0; }
    constexpr bool empty() const { return bits_ == 0; }

  private:
    static constexpr std::uint8_t bit(Phase phase) {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(phase));
    }
    std::uint8_t bits_ = 0;
};

}  // namespace sluice::hooks
