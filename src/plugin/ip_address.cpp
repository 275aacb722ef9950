#include "plugin/ip_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {

struct Ipv4Range {
    std::uint32_t first;
    unsigned bits;
};

constexpr std::array<Ipv4Range, 16> special{{
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared by a carrier; Alibaba's metadata
    {0x7F000000, 8},   // loopback
    {0xA83F8110, 32},  // 168.63.129.16: Azure's metadata
    {0xA9FE0000, 16},  // link-local; most clouds' metadata
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments; Oracle's metadata
    {0xC0000200, 24},  // documentation
    {0xC0586300, 24},  // relays of 6to4
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
}};

bool is_public_ipv4(std::uint32_t address) {
    return std::ranges::none_of(special, [&](const Ipv4Range& range) {
        return (address ^ range.first) >> (32 - range.bits) == 0;
    });
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    Octets octets{};
    const std::string terminated(text);
    if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
    if (inet_pton(AF_INET6, terminated.c_str(), octets.data()) == 1) return IpAddress(octets);
    octets[10] = octets[11] = 0xFF;
    if (inet_pton(AF_INET, terminated.c_str(), octets.data() + 12) == 1) return IpAddress(octets);
    return std::nullopt;
}

std::optional<IpAddress> IpAddress::of(const sockaddr& address) {
    Octets octets{};
    if (address.sa_family == AF_INET6) {
        std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
        return IpAddress(octets);
    }
    if (address.sa_family != AF_INET) return std::nullopt;
    octets[10] = octets[11] = 0xFF;
    std::memcpy(octets.data() + 12, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
    return IpAddress(octets);
}

bool IpAddress::begins_with(std::initializer_list<std::uint8_t> prefix) const noexcept {
    return std::equal(prefix.begin(), prefix.end(), octets_.begin());
}

std::uint32_t IpAddress::ipv4_at(std::size_t place) const noexcept {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8U | octets_[place + i];
    return number;
}

bool IpAddress::is_public() const noexcept {
    if (begins_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}))  // IPv4
        return is_public_ipv4(ipv4_at(12));
    if (begins_with({0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0}))  // NAT64
        return is_public_ipv4(ipv4_at(12));
    if (begins_with({0x20, 0x02}))  // 6to4
        return is_public_ipv4(ipv4_at(2));
    const bool assignments = begins_with({0x20, 0x01, 0x00}) || begins_with({0x20, 0x01, 0x01});
    const bool documentation =
        begins_with({0x20, 0x01, 0x0D, 0xB8}) || (begins_with({0x3F, 0xFF}) && octets_[2] < 0x10);
    const bool global_unicast = octets_[0] >> 5U == 1;
    return global_unicast && !assignments && !documentation;
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (begins_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}))
        return inet_ntop(AF_INET, octets_.data() + 12, text.data(), text.size());
    return inet_ntop(AF_INET6, octets_.data(), text.data(), text.size());
}

}  // namespace sluice
