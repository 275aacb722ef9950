#include "store/redis/redis_variables.hpp"

#include "store/redis/connection.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <charconv>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice::store {
namespace {

using Clock = std::chrono::steady_clock;
using Outcome = VariableReply::Outcome;

constexpr std::size_t most_idle = 8;
constexpr std::chrono::seconds away_pause{1};

/// A field of the hash is `EXPIRY|TEXT`, the expiry in milliseconds since 1970, 0 for never. Sums
/// are made by INCRBY on a key of their own, as the script's own numbers are exact to 2^53 only.
constexpr std::string_view script = R"(
local values, bytes, sum = KEYS[1], KEYS[2], KEYS[3]
local kind, key, value, ttl, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function used() return tonumber(redis.call('GET', bytes) or '0') end
local function answer(outcome, text) return {outcome, text or '', string.format('%.0f', used())} end
local function parse(field)
    local bar = string.find(field, '|', 1, true)
    return tonumber(string.sub(field, 1, bar - 1)), string.sub(field, bar + 1)
end
local function erase(name, text)
    redis.call('HDEL', values, name)
    redis.call('DECRBY', bytes, #name + #text)
end

local expires, present
local field = redis.call('HGET', values, key)
if field then
    expires, present = parse(field)
    if expires ~= 0 and expires <= now then
        erase(key, present)
        expires, present = nil, nil
    end
end

local function drop_expired()
    local all = redis.call('HGETALL', values)
    for i = 1, #all, 2 do
        local over, text = parse(all[i + 1])
        if over ~= 0 and over <= now then erase(all[i], text) end
    end
end
local function write(text, over)
    local more = #key + #text - (present and #key + #present or 0)
    if used() + more > most then drop_expired() end
    if used() + more > most then return answer('too_large') end
    redis.call('HSET', values, key, string.format('%.0f', over) .. '|' .. text)
    redis.call('INCRBY', bytes, more)
    return answer('done', text)
end
local over = ttl == 0 and 0 or now + ttl

if kind == 'get' then
    if present then return answer('done', present) end
    return answer('absent')
elseif kind == 'set' then
    return write(value, over)
elseif kind == 'remove' then
    if not present then return answer('absent') end
    erase(key, present)
    return answer('done')
elseif kind == 'swap' then
    local expected = ARGV[6] == 'some' and ARGV[7] or nil
    if present ~= expected then return answer('different', present) end
    return write(value, over)
end
redis.call('SET', sum, present or '0')
local added = redis.pcall('INCRBY', sum, ARGV[8])
local text = redis.call('GET', sum)
redis.call('DEL', sum)
if type(added) == 'table' and added.err then return answer('failed') end
return write(text, present and expires or over)
)";

std::string_view name_of(VariableCommand::Kind kind) {
    switch (kind) {
        case VariableCommand::Kind::get:
            return "get";
        case VariableCommand::Kind::set:
            return "set";
        case VariableCommand::Kind::remove:
            return "remove";
        case VariableCommand::Kind::swap:
            return "swap";
        case VariableCommand::Kind::add:
            break;
    }
    return "add";
}

VariableReply reply_of(const VariableCommand& command, std::vector<std::string> answer) {
    if (answer.size() != 3)
        return {Outcome::failed, "the store of variables gave an answer that cannot be read"};
    VariableReply reply{.text = std::move(answer[1])};
    std::from_chars(answer[2].data(), answer[2].data() + answer[2].size(), reply.used_bytes);
    if (answer[0] == "absent") reply.outcome = Outcome::absent;
    if (answer[0] == "different") reply.outcome = Outcome::different;
    if (answer[0] == "too_large") reply.outcome = Outcome::too_large;
    if (answer[0] == "failed") return not_a_number(command);
    return reply;
}

}  // namespace

struct RedisVariables::State {
    State(RedisAddress where, std::chrono::milliseconds most)
        : address(std::move(where)), limit(most) {}

    std::unique_ptr<RedisConnection> take() {
        while (true) {
            std::unique_ptr<RedisConnection> connection;
            {
                const std::lock_guard lock(mutex);
                if (idle.empty()) break;
                connection = std::move(idle.back());
                idle.pop_back();
            }
            if (connection->is_quiet()) return connection;
        }
        return std::make_unique<RedisConnection>(address, limit);
    }
    void give(std::unique_ptr<RedisConnection> connection) {
        const std::lock_guard lock(mutex);
        if (idle.size() < most_idle) idle.push_back(std::move(connection));
    }
    /// Why nobody is asked now: it was in vain a moment ago.
    std::string away() {
        const std::lock_guard lock(mutex);
        return Clock::now() < away_until ? away_why : std::string();
    }
    void set_away(std::string why) {
        const std::lock_guard lock(mutex);
        if (Clock::now() >= away_until) spdlog::warn("variables: {}", why);
        away_until = Clock::now() + away_pause;
        away_why = std::move(why);
        idle.clear();
    }

    const RedisAddress address;
    const std::chrono::milliseconds limit;
    std::mutex mutex{};
    std::vector<std::unique_ptr<RedisConnection>> idle{};
    Clock::time_point away_until{};
    std::string away_why{};
};

RedisVariables::RedisVariables(RedisAddress address, std::chrono::milliseconds limit)
    : state_(std::make_unique<State>(std::move(address), limit)) {}
RedisVariables::~RedisVariables() = default;

VariableReply RedisVariables::run(const VariableCommand& command) {
    if (std::string why = state_->away(); !why.empty()) return {Outcome::failed, std::move(why)};
    const std::string prefix = fmt::format("sluice:{{{}}}:", command.owner);
    const std::string values = prefix + "variables";
    const std::string bytes = prefix + "bytes";
    const std::string sum = prefix + "sum";
    const std::string ttl = std::to_string(command.ttl.count());
    const std::string most = std::to_string(command.most_bytes);
    const std::string delta = std::to_string(command.delta);
    const std::string expected = command.expected.value_or("");
    const std::array<std::string_view, 14> parts{"EVAL",
                                                 script,
                                                 "3",
                                                 values,
                                                 bytes,
                                                 sum,
                                                 name_of(command.kind),
                                                 command.key,
                                                 command.value,
                                                 ttl,
                                                 most,
                                                 command.expected ? "some" : "none",
                                                 expected,
                                                 delta};
    try {
        auto connection = state_->take();
        auto answer = connection->ask(parts);
        state_->give(std::move(connection));
        return reply_of(command, std::move(answer));
    } catch (const Error& error) {  // the guest is told
        if (error.code() != ErrorCode::guest_error) {
            state_->set_away(error.what());
            return {Outcome::failed, error.what()};
        }
        return {Outcome::failed,
                fmt::format("Redis at {} refused: {}", state_->address.endpoint(), error.what())};
    }
}

}  // namespace sluice::store
