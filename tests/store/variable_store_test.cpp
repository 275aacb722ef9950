#include "store/memory_variables.hpp"
#include "store/redis/redis_variables.hpp"

#include "system/redis_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

namespace sluice::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Kind = VariableCommand::Kind;
using Outcome = VariableReply::Outcome;

/// A store on a server of its own.
class OnRedis final : public VariableStore {
  public:
    bool waits() const noexcept override { return store_.waits(); }
    VariableReply run(const VariableCommand& command) override { return store_.run(command); }

  private:
    tests::RedisServer server_;
    RedisVariables store_{*parse_redis_url(server_.url()), 30s};
};

/// One suite over every kind of store.
struct Backend {
    const char* name;
    std::function<std::unique_ptr<VariableStore>()> make;
};

class VariableStoreTest : public testing::TestWithParam<Backend> {
  protected:
    VariableReply run(VariableCommand command) {
        if (command.owner.empty()) command.owner = "plug-in";
        if (command.most_bytes == 0) command.most_bytes = 1000;
        return store_->run(command);
    }
    VariableReply set(std::string key, std::string value, std::chrono::milliseconds ttl = 0ms) {
        return run(
            {.kind = Kind::set, .key = std::move(key), .value = std::move(value), .ttl = ttl});
    }
    VariableReply get(std::string key) { return run({.kind = Kind::get, .key = std::move(key)}); }
    VariableReply add(std::string key, std::int64_t delta, std::chrono::milliseconds ttl = 0ms) {
        return run({.kind = Kind::add, .key = std::move(key), .delta = delta, .ttl = ttl});
    }
    VariableReply swap(std::optional<std::string> expected, std::string value) {
        return run({.kind = Kind::swap,
                    .key = "key",
                    .value = std::move(value),
                    .expected = std::move(expected)});
    }
    void wait_until_gone(const std::string& key) {
        while (get(key).outcome == Outcome::done) std::this_thread::yield();
    }

    std::unique_ptr<VariableStore> store_ = GetParam().make();
};

TEST_P(VariableStoreTest, KeepsWhatWasSetWhateverBytesItHolds) {
    const std::string bytes("a\0\r\n\xff", 5);
    EXPECT_EQ(get("key").outcome, Outcome::absent);
    EXPECT_EQ(set("key", bytes).outcome, Outcome::done);
    EXPECT_EQ(get("key").text, bytes);
    set("key", "");
    EXPECT_EQ(get("key").outcome, Outcome::done);
    EXPECT_EQ(get("key").text, "");
    EXPECT_EQ(run({.kind = Kind::remove, .key = "key"}).outcome, Outcome::done);
    EXPECT_EQ(run({.kind = Kind::remove, .key = "key"}).outcome, Outcome::absent);
    EXPECT_EQ(get("key").outcome, Outcome::absent);
}

TEST_P(VariableStoreTest, KeepsEachPlugInsApart) {
    set("key", "mine");
    EXPECT_EQ(run({.kind = Kind::get, .owner = "another", .key = "key"}).outcome, Outcome::absent);
}

TEST_P(VariableStoreTest, SwapsOnlyWhatIsExpected) {
    EXPECT_EQ(swap("a", "b").outcome, Outcome::different);
    EXPECT_EQ(swap(std::nullopt, "a").outcome, Outcome::done);
    EXPECT_EQ(swap(std::nullopt, "b").outcome, Outcome::different);
    EXPECT_EQ(swap("x", "b").text, "a") << "the present value comes back";
    EXPECT_EQ(swap("a", "b").outcome, Outcome::done);
    EXPECT_EQ(get("key").text, "b");
}

TEST_P(VariableStoreTest, AddsAndRefusesWhatIsNoWholeNumber) {
    EXPECT_EQ(add("n", 5).text, "5");
    EXPECT_EQ(add("n", -7).text, "-2");
    EXPECT_EQ(get("n").text, "-2");
    set("n", "9223372036854775807");
    EXPECT_EQ(add("n", 1).outcome, Outcome::failed) << "the sum has no room in 64 bits";
    EXPECT_EQ(get("n").text, "9223372036854775807");
    EXPECT_EQ(add("n", -1).text, "9223372036854775806") << "exact beyond 2^53";
    for (const char* text : {"", "1.5", "x", " 1", "99999999999999999999"}) {
        set("n", text);
        EXPECT_THAT(add("n", 1).text, HasSubstr("`n` holds no whole number")) << text;
    }
}

TEST_P(VariableStoreTest, ForgetsWhatHasExpired) {
    set("kept", "x", 1h);
    set("key", "x", 1ms);
    wait_until_gone("key");
    EXPECT_EQ(swap(std::nullopt, "new").outcome, Outcome::done);
    add("n", 1, 1ms);
    wait_until_gone("n");
    EXPECT_EQ(add("n", 1, 1h).text, "1") << "it begins anew";
    EXPECT_EQ(get("kept").text, "x");
}

TEST_P(VariableStoreTest, CountsANumbersTimeFromItsBeginning) {
    add("n", 1, 1h);
    add("n", 1, 1ms);
    add("m", 1, 1ms);
    wait_until_gone("m");
    EXPECT_EQ(add("n", 1).text, "3");
}

TEST_P(VariableStoreTest, BoundsTheBytesOfAPlugIn) {
    const auto set_within = [&](const char* key, std::size_t bytes, std::uint64_t most) {
        return run(
            {.kind = Kind::set, .key = key, .value = std::string(bytes, 'x'), .most_bytes = most});
    };
    EXPECT_EQ(set_within("a", 9, 20).used_bytes, 10U);
    EXPECT_EQ(set_within("b", 10, 20).outcome, Outcome::too_large);
    EXPECT_EQ(get("b").outcome, Outcome::absent);
    EXPECT_EQ(set_within("b", 9, 20).used_bytes, 20U);
    EXPECT_EQ(set_within("a", 5, 20).used_bytes, 16U) << "what is replaced makes room";
    EXPECT_EQ(run({.kind = Kind::add, .key = "long name", .delta = 1, .most_bytes = 20}).outcome,
              Outcome::too_large);
    EXPECT_EQ(run({.kind = Kind::remove, .key = "a"}).used_bytes, 10U);
}

TEST_P(VariableStoreTest, MakesRoomOfWhatHasExpired) {
    set("old", std::string(50, 'x'), 1ms);
    wait_until_gone("old");
    set("older", std::string(50, 'x'), 1ms);
    for (;;) {  // it is not looked at again, and yet it goes
        const auto reply =
            run({.kind = Kind::set, .key = "new", .value = std::string(50, 'x'), .most_bytes = 60});
        if (reply.outcome == Outcome::done) break;
        ASSERT_EQ(reply.outcome, Outcome::too_large) << reply.text;
        std::this_thread::yield();
    }
}

TEST_P(VariableStoreTest, LosesNothingWhenManyAddAtOnce) {
    constexpr int threads = 4;
    constexpr int times = 100;
    std::vector<std::jthread> all;
    for (int i = 0; i < threads; ++i)
        all.emplace_back([&] {
            for (int n = 0; n < times; ++n) add("n", 1);
        });
    all.clear();
    EXPECT_EQ(get("n").text, "400");
}

INSTANTIATE_TEST_SUITE_P(
    Stores, VariableStoreTest,
    testing::Values(Backend{"memory", [] { return std::make_unique<MemoryVariables>(); }},
                    Backend{"redis", [] { return std::make_unique<OnRedis>(); }}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(RedisVariablesTest, FailInOneSentenceWhileTheServerIsAwayAndGoOnWhenItIsBack) {
    auto server = std::make_unique<tests::RedisServer>("open sesame");
    const std::uint16_t port = server->port();
    RedisVariables store(*parse_redis_url(server->url()), 30s);
    const auto add = [&] {
        return store.run(
            {.kind = Kind::add, .owner = "p", .key = "n", .delta = 1, .most_bytes = 99});
    };
    EXPECT_EQ(add().text, "1");
    server.reset();
    for (int i = 0; i < 3; ++i) {
        const VariableReply reply = add();
        EXPECT_EQ(reply.outcome, Outcome::failed);
        EXPECT_THAT(reply.text, HasSubstr("cannot be reached"));
    }
    server = std::make_unique<tests::RedisServer>("open sesame", port);
    for (;;) {
        const VariableReply reply = add();
        if (reply.outcome == Outcome::done) break;
        ASSERT_THAT(reply.text, HasSubstr("cannot be reached"));
        std::this_thread::yield();
    }
}

TEST(RedisVariablesTest, NameTheServerThatRefusesThePassword) {
    const tests::RedisServer server("open sesame");
    RedisAddress address = *parse_redis_url(server.url());
    address.password = "wrong";
    RedisVariables store(address, 30s);
    EXPECT_THAT(store.run({.owner = "p", .key = "n"}).text,
                testing::AllOf(HasSubstr(address.endpoint()), testing::Not(HasSubstr("wrong "))));
}

TEST(RedisUrl, IsReadWithAllItsParts) {
    EXPECT_EQ(parse_redis_url("redis://cache"), (RedisAddress{.host = "cache"}));
    EXPECT_EQ(parse_redis_url("redis://me:p%40ss@[::1]:7000/3"),
              (RedisAddress{
                  .host = "::1", .port = 7000, .user = "me", .password = "p@ss", .database = 3}));
    EXPECT_EQ(parse_redis_url("redis://:secret@cache/")->password, "secret");
    for (const char* text : {"", "cache", "http://cache", "redis://", "redis://:1", "redis://a:0",
                             "redis://a:70000", "redis://a/x", "redis://user@a", "redis://:%4@a"})
        EXPECT_EQ(parse_redis_url(text), std::nullopt) << text;
}

}  // namespace
}  // namespace sluice::store
