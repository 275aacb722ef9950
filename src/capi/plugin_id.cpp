#include "capi/plugin_id.hpp"

#include <fmt/format.h>

#include <cstring>
#include <iterator>
#include <random>

namespace sluice::capi {

PluginId new_plugin_id() {
    PluginId id{};
    std::random_device random;
    for (std::size_t i = 0; i < id.size(); i += sizeof(unsigned)) {
        const unsigned bits = random();
        std::memcpy(id.data() + i, &bits, sizeof(bits));
    }
    id[6] = static_cast<std::uint8_t>((id[6] & 0x0f) | 0x40);  // version 4 and
    id[8] = static_cast<std::uint8_t>((id[8] & 0x3f) | 0x80);  // variant 1 of RFC 9562
    return id;
}

std::string to_string(const PluginId& id) {
    std::string text;
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        fmt::format_to(std::back_inserter(text), "{:02x}", id[i]);
    }
    return text;
}

}  // namespace sluice::capi
