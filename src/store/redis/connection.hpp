#pragma once

#include "store/redis/address.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct redisContext;

namespace sluice::store {

/// One connection to a Redis or Valkey server, in plain text. Threads: one at a time.
class RedisConnection {
  public:
    /// Connects, logs in and chooses the database; `limit` is on each step, here and later.
    /// Blocks: at most a few times `limit`. Errors: \throws Error unavailable, naming the server.
    RedisConnection(const RedisAddress& address, std::chrono::milliseconds limit);

    /// Sends a command whose answer is a list of texts, or a single one.
    /// Blocks: at most `limit`. Errors: \throws Error unavailable when the connection broke, and
    ///     must not be used again; guest_error with the server's words when it refused.
    std::vector<std::string> ask(std::span<const std::string_view> command);

    /// Whether it is still open and nothing lies in it. Costs one system call.
    bool is_quiet() const noexcept;

  private:
    struct Close {
        void operator()(redisContext* context) const noexcept;
    };
    [[noreturn]] void fail() const;

    std::string endpoint_;
    std::unique_ptr<redisContext, Close> context_;
};

}  // namespace sluice::store
