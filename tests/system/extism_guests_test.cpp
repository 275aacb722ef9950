#include "extism_guest.hpp"
#include "gateway.hpp"
#include "redis_server.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Guests of Extism's ABI around real requests. The guardrail on Extism's PDK has the tests of the
/// other guardrails.
class ExtismGuests : public testing::Test {
  protected:
    /// `fields` with data from address 1024, see extism_guest().
    store::PluginConfig guest(std::string_view fields) const {
        const std::filesystem::path file = folder.path() / "extism.wat";
        std::ofstream(file) << extism_guest(fields);
        store::PluginConfig made = plugin("extism", file);
        made.limits.timeout = made.limits.cpu = made.limits.init_timeout = 60s;
        return made;
    }
    /// Asks the upstream in the given hooks and drops what comes back.
    store::PluginConfig asks_in(std::initializer_list<std::string_view> hooks) const {
        std::string fields = asking("");
        for (const std::string_view hook : hooks)
            fields += fmt::format("(func (export \"{}\") (drop (call $ask)))", hook);
        store::PluginConfig made = guest(fields);
        made.allowed_hosts = {"127.0.0.1"};
        return made;
    }
    /// `$ask`: a chat completion of the upstream's, with these directives.
    std::string asking(std::string_view directives) const {
        const std::string request =
            fmt::format(R"({{"url":"{}/v1/chat/completions","method":"POST"}})", upstream.url());
        const std::string body = fmt::format(
            R"({{"model":"gpt-test{}","messages":[{{"role":"user","content":"x"}}]}})", directives);
        return fmt::format(
            R"((func $ask (result i64)
                 (call $http (call $block (i32.const 4096) (i32.const {}))
                             (call $block (i32.const 8192) (i32.const {}))))
               (data (i32.const 4096) "{}") (data (i32.const 8192) "{}"))",
            request.size(), body.size(), escaped(request), escaped(body));
    }
    static std::string escaped(std::string_view text) {
        std::string bytes;
        for (const char c : text) bytes += fmt::format("\\{:02x}", static_cast<unsigned char>(c));
        return bytes;
    }
    store::Config config(store::PluginConfig plugin) const {
        store::Config made = config_before(upstream);
        made.plugins.push_back(std::move(plugin));
        return made;
    }

    /// Refuses each request with what the variable `n` holds, or "none"; then it is "1".
    static constexpr std::string_view remembers = R"(
      (func (export "http_pre_hook") (result i32)
        (local $found i64)
        (local.set $found (call $var_get (call $block (i32.const 1024) (i32.const 1))))
        (if (i64.eqz (local.get $found))
          (then (local.set $found (call $block (i32.const 1026) (i32.const 4)))))
        (call $var_set (call $block (i32.const 1024) (i32.const 1))
                       (call $block (i32.const 1025) (i32.const 1)))
        (call $error_set (local.get $found))
        (i32.const 1))
      (data (i32.const 1024) "n1none"))";

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(ExtismGuests, AreShownAsAGenerationOfTheirOwn) {
    const Gateway gateway(config(guest(R"((func (export "post_hook")))")));
    EXPECT_THAT(gateway.plugin_report("extism"),
                AllOf(HasSubstr(R"("status":"active")"), HasSubstr(R"("generation":"extism")"),
                      HasSubstr(R"("hooks":["post_hook"])")));
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr("Hello from the mock upstream."));
}

TEST_F(ExtismGuests, AnswerAndFailByTheRulesOfTheirPhase) {
    store::PluginConfig strict = guest(R"(
      (func (export "pre_hook") (result i32) (call $fail (i32.const 1024) (i32.const 6)) (i32.const 1))
      (data (i32.const 1024) "not me"))");
    EXPECT_EQ(Gateway(config(strict)).chat(hello).status, 200) << "a pre hook's failure is logged";
    strict.on_error = store::OnError::fail;
    const Answer failed = Gateway(config(strict)).chat(hello);
    EXPECT_EQ(failed.status, 500);
    EXPECT_THAT(failed.body, HasSubstr("not me"));

    const Gateway refusing(config(guest(R"(
      (func (export "http_pre_hook") (result i32) (call $fail (i32.const 1024) (i32.const 6)) (i32.const 1))
      (data (i32.const 1024) "not me"))")));
    const Answer refused = refusing.chat(hello);
    EXPECT_EQ(refused.status, 500);
    EXPECT_EQ(refused.body, "not me");
}

TEST_F(ExtismGuests, ArePausedByTheirBreakerWhenTheyKeepTrapping) {
    store::PluginConfig trapping = guest(R"((func (export "pre_hook") (unreachable)))");
    trapping.breaker = store::BreakerLimits{.failures = 2, .pause = 60s};
    const Gateway gateway(config(std::move(trapping)));
    for (int again = 0; again < 3; ++again) EXPECT_EQ(gateway.chat(hello).status, 200);
    EXPECT_THAT(gateway.plugin_report("extism"), HasSubstr(R"("state":"open")"));
}

TEST_F(ExtismGuests, ShareVariablesBetweenThreads) {
    store::Config two_threads = config(guest(remembers));
    two_threads.server.threads = 2;
    const Gateway gateway(std::move(two_threads));
    EXPECT_EQ(gateway.chat(hello).body, "none");
    for (int again = 0; again < 8; ++again) EXPECT_EQ(gateway.chat(hello).body, "1");
    EXPECT_THAT(gateway.plugin_report("extism"),
                HasSubstr(R"("variable_bytes":{"used":2,"allowed":1048576,"broken":0})"));
}

TEST_F(ExtismGuests, MayNotKeepMoreInVariablesThanTheirLimit) {
    store::PluginConfig small = guest(remembers);
    small.limits.variable_bytes = 1;
    const Gateway gateway(config(std::move(small)));
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr("plug-in extism: http_pre_hook: "));
    EXPECT_THAT(gateway.plugin_report("extism"),
                HasSubstr(R"("variable_bytes":{"used":0,"allowed":1,"broken":1})"));
}

TEST_F(ExtismGuests, ShareVariablesBetweenGatewaysByRedisAndFailWhileItIsAway) {
    auto redis = std::make_unique<RedisServer>();
    store::Config on_redis = config(guest(remembers));
    on_redis.variables_store = {.type = "redis", .url = redis->url(), .timeout = 30s};
    const Gateway one(on_redis);
    const Gateway other(on_redis);
    EXPECT_EQ(one.chat(hello).body, "none");
    EXPECT_EQ(other.chat(hello).body, "1");

    redis.reset();
    const Answer failed = one.chat(hello);
    EXPECT_EQ(failed.status, 500);
    EXPECT_THAT(failed.body, HasSubstr("plug-in extism: http_pre_hook: "));
    EXPECT_EQ(one.get("/health").status, 200);
}

TEST_F(ExtismGuests, AskAnotherServerWhileTheirThreadServesOthers) {
    store::PluginConfig asker = guest(asking("?gate=slow") + R"(
      (func (export "http_pre_hook") (result i32)
        (local $answer i64)
        (if (i64.lt_u (call $input_length) (i64.const 4000)) (then (return (i32.const 0))))
        (local.set $answer (call $ask))
        (if (i32.ne (call $http_status) (i32.const 200)) (then (unreachable)))
        (call $error_set (local.get $answer))
        (i32.const 1)))");
    asker.allowed_hosts = {"127.0.0.1"};
    const Gateway gateway(config(std::move(asker)));
    Wire waiting = gateway.connect();
    waiting.chat(fmt::format(
        R"({{"model":"openai/gpt-test","messages":[{{"role":"user","content":"{}"}}]}})",
        std::string(5'000, 'x')));
    upstream.wait_for("requests", 1);

    EXPECT_EQ(gateway.chat(hello).status, 200) << "on the one thread, meanwhile";
    EXPECT_FALSE(waiting.has_bytes());

    upstream.open("slow");
    EXPECT_THAT(waiting.receive().body,
                AllOf(HasSubstr("Hello from the mock upstream."), Not(HasSubstr("\"headers\""))));
    EXPECT_THAT(gateway.plugin_report("extism"),
                HasSubstr(R"("http_calls":{"used":1,"allowed":8,"broken":0})"));
}

TEST_F(ExtismGuests, AskNobodyWithoutAnAllowList) {
    store::PluginConfig asker = asks_in({"pre_hook"});
    asker.allowed_hosts = {};
    asker.on_error = store::OnError::fail;
    const Gateway gateway(config(std::move(asker)));
    EXPECT_EQ(gateway.chat(hello).status, 500);
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST_F(ExtismGuests, MakeTheirHttpCallsForARequestInAllHooksTogether) {
    store::PluginConfig asker = asks_in({"http_pre_hook", "pre_hook"});
    asker.limits.http_calls = 1;
    const Gateway gateway(config(std::move(asker)));
    for (unsigned request = 1; request <= 2; ++request) {
        EXPECT_EQ(gateway.chat(hello).status, 200) << "a pre hook's failure";
        EXPECT_EQ(upstream.counter("requests"), 2U * request) << "the guest's one, the client's";
        EXPECT_THAT(gateway.plugin_report("extism"),
                    HasSubstr(fmt::format(R"("http_calls":{{"used":1,"allowed":1,"broken":{}}})",
                                          request)));
    }
}

TEST_F(ExtismGuests, MayShadowAGuestOfAnotherGeneration) {
    store::PluginConfig shown = WatGuest("shown").answers("pre_hook", "{}").in(folder);
    shown.shadow = {
        .version = {
            .path = guest(R"((func (export "pre_hook") (call $say (i32.const 1024) (i32.const 2)))
                                                 (data (i32.const 1024) "{}"))")
                        .path}};
    const Gateway gateway(config(std::move(shown)));
    EXPECT_EQ(gateway.chat(hello).status, 200);
    constexpr std::string_view same = R"("pre_hook":{"same":1,"different":0,"failed":0)";
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    std::string report;
    do report = gateway.plugin_report("shown");
    while (report.find(same) == std::string::npos && std::chrono::steady_clock::now() < give_up);
    EXPECT_THAT(report, HasSubstr(same));
}

}  // namespace
}  // namespace sluice::tests
