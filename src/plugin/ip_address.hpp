#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace sluice {

/// An address of the internet protocol. IPv4 is kept as IPv6 writes it, `::ffff:a.b.c.d`: both
/// spellings are one address.
class IpAddress {
  public:
    /// `127.0.0.1`, `::1`; no brackets, no zone, no other notation.
    static std::optional<IpAddress> parse(std::string_view text);
    /// Nothing for other families.
    static std::optional<IpAddress> of(const sockaddr& address);

    /// Whether it is for everybody's use: not loopback, private, link-local, multicast, reserved,
    /// or a cloud's metadata service. Addresses that carry an IPv4 one are judged by that.
    /// Source: IANA's registries of special-purpose addresses (RFC 6890).
    bool is_public() const noexcept;

    /// The usual spelling.
    std::string text() const;
    bool operator==(const IpAddress&) const = default;

  private:
    using Octets = std::array<std::uint8_t, 16>;
    explicit IpAddress(const Octets& octets) : octets_(octets) {}

    bool begins_with(std::initializer_list<std::uint8_t> prefix) const noexcept;
    std::uint32_t ipv4_at(std::size_t place) const noexcept;

    Octets octets_;
};

}  // namespace sluice
