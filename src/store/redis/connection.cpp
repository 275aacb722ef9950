#include "store/redis/connection.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>

#include <array>

namespace sluice::store {
namespace {

struct FreeReply {
    void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};

timeval to_timeval(std::chrono::milliseconds limit) {
    return {.tv_sec = limit.count() / 1000, .tv_usec = limit.count() % 1000 * 1000};
}

std::string text_of(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
    return reply.str == nullptr ? std::string() : std::string(reply.str, reply.len);
}

}  // namespace

void RedisConnection::Close::operator()(redisContext* context) const noexcept {
    redisFree(context);
}

RedisConnection::RedisConnection(const RedisAddress& address, std::chrono::milliseconds limit)
    : endpoint_(address.endpoint()) {
    const timeval time = to_timeval(limit);
    context_.reset(redisConnectWithTimeout(address.host.c_str(), address.port, time));
    if (!context_ || context_->err != 0) fail();
    redisSetTimeout(context_.get(), time);
    const std::string database = std::to_string(address.database);
    try {
        if (!address.user.empty())
            ask(std::array<std::string_view, 3>{"AUTH", address.user, address.password});
        else if (!address.password.empty())
            ask(std::array<std::string_view, 2>{"AUTH", address.password});
        if (address.database != 0) ask(std::array<std::string_view, 2>{"SELECT", database});
    } catch (const Error& error) {
        throw Error(ErrorCode::unavailable,
                    fmt::format("Redis at {}: {}", endpoint_, error.what()));
    }
}

void RedisConnection::fail() const {
    throw Error(ErrorCode::unavailable, fmt::format("Redis at {} cannot be reached: {}", endpoint_,
                                                    context_ ? context_->errstr : "out of memory"));
}

std::vector<std::string> RedisConnection::ask(std::span<const std::string_view> command) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string_view part : command) {
        texts.push_back(part.data());
        sizes.push_back(part.size());
    }
    const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(redisCommandArgv(
        context_.get(), static_cast<int>(texts.size()), texts.data(), sizes.data())));
    if (!reply) fail();
    if (reply->type == REDIS_REPLY_ERROR) throw Error(ErrorCode::guest_error, text_of(*reply));
    std::vector<std::string> answer;
    if (reply->type != REDIS_REPLY_ARRAY) answer.push_back(text_of(*reply));
    for (std::size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; ++i)
        answer.push_back(text_of(*reply->element[i]));
    return answer;
}

bool RedisConnection::is_quiet() const noexcept {
    pollfd state{.fd = context_->fd, .events = POLLIN, .revents = 0};
    return ::poll(&state, 1, 0) == 0;
}

}  // namespace sluice::store
