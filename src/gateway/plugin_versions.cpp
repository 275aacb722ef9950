#include "gateway/plugin_versions.hpp"

#include <cstdint>

namespace sluice::gateway {
namespace {

/// FNV-1a. Not std::hash: another library or a later one may spread requests differently.
std::uint64_t hash(std::uint64_t seed, std::string_view text) noexcept {
    for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return seed;
}

/// Ids that differ in their last letters alone leave the upper bits of FNV-1a alike. Source: the
/// finaliser of SplitMix64.
std::uint64_t mix(std::uint64_t bits) noexcept {
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31U);
}

}  // namespace

double place_in_hundred(std::string_view plugin, std::string_view request_id) noexcept {
    constexpr std::uint64_t offset_basis = 0xcbf29ce484222325;
    constexpr std::uint64_t places = 1'000'000;
    // The zero byte keeps "a" with "bc" apart from "ab" with "c".
    const std::uint64_t all = hash(hash(hash(offset_basis, plugin), {"\0", 1}), request_id);
    return static_cast<double>(mix(all) % places) * 100.0 / places;
}

bool meets_canary(const store::PluginCanary& canary, std::string_view plugin,
                  std::string_view request_id, const HeaderOf& header) {
    if (!canary.header_name.empty() && header && header(canary.header_name) == canary.header_value)
        return true;
    return place_in_hundred(plugin, request_id) < canary.percent;
}

}  // namespace sluice::gateway
