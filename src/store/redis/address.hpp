#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::store {

/// Where a Redis or Valkey server is: `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`.
struct RedisAddress {
    std::string host{};
    std::uint16_t port = 6379;
    std::string user{};
    std::string password{};  ///< a secret: never logged
    unsigned database = 0;

    /// `host:port`, for messages.
    std::string endpoint() const { return host + ":" + std::to_string(port); }
    bool operator==(const RedisAddress&) const = default;
};

/// Nothing for what is no such address. `%40` in user and password stands for `@`.
std::optional<RedisAddress> parse_redis_url(std::string_view text);

}  // namespace sluice::store
