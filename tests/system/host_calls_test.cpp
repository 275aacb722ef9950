#include "gateway.hpp"
#include "host_guest.hpp"
#include "redis_server.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string escaped(std::string_view text) {
    std::string bytes;
    for (const char c : text) bytes += fmt::format("\\{:02x}", static_cast<unsigned char>(c));
    return bytes;
}

/// A guest whose pre_hook makes one call with the text `request`, answers the client itself with
/// the call's result as the member `seen`, and keeps the call's number in the gauge `code`. Only
/// inputs of more than 4,000 bytes make it do so.
class Asker {
  public:
    static constexpr std::string_view http =
        "(call $http_request (i32.const 36864) (i32.const {size}) (i32.const 40960) "
        "(i32.const {body}))";
    static constexpr std::string_view llm = "(call $llm_call (i32.const 36864) (i32.const {size}))";

    static store::PluginConfig in(const TemporaryFolder& folder, std::string_view call,
                                  std::string_view request, std::string_view body = {}) {
        constexpr std::string_view before =
            R"({"context":{},"request":null,"has_short_circuit":true,"error":"",)"
            R"("short_circuit":{"response":{"chat_response":{"id":"m1","seen":)";
        constexpr std::string_view after = "}}}}";
        std::string made(call);
        replace(made, "{size}", std::to_string(request.size()));
        replace(made, "{body}", std::to_string(body.size()));
        const std::string hook = fmt::format(
            R"((local $code i64) (local $end i32)
    (if (i32.lt_u (local.get $size) (i32.const 4000)) (then (return (i64.const 0))))
    (local.set $code {0})
    (memory.copy (i32.const 1048576) (i32.const 32768) (i32.const {1}))
    (local.set $end (i32.add (i32.const {2})
                             (call $result_read (i32.const {2}) (i32.const 500000))))
    (memory.copy (local.get $end) (i32.const 34000) (i32.const {3}))
    (drop (call $metric_set (i32.const 34100) (i32.const 4) (i32.const 0) (i32.const 0)
                            (f64.convert_i64_s (local.get $code))))
    (i64.or (i64.const 0x10000000000000)
            (i64.extend_i32_u (i32.sub (i32.add (local.get $end) (i32.const {3}))
                                       (i32.const 1048576)))))",
            made, before.size(), 1048576 + before.size(), after.size());
        store::PluginConfig plugin =
            WatGuest("asker")
                .with(host_imports(hook))
                .with(fmt::format("(data (i32.const 32768) \"{}\")(data (i32.const 34000) \"{}\")"
                                  "(data (i32.const 34100) \"code\")(data (i32.const 36864) \"{}\")"
                                  "(data (i32.const 40960) \"{}\")",
                                  escaped(before), escaped(after), escaped(request), escaped(body)))
                .runs("pre_hook", hook)
                .in(folder);
        plugin.limits.timeout = plugin.limits.cpu = plugin.limits.init_timeout = 60s;
        plugin.allowed_hosts = {"127.0.0.1"};
        return plugin;
    }

  private:
    static void replace(std::string& text, std::string_view what, const std::string& by) {
        for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;)
            text.replace(at, what.size(), by);
    }
};

class HostCallsOfPlugIns : public testing::Test {
  protected:
    Gateway gateway(store::PluginConfig plugin, unsigned threads = 1) {
        store::Config config = config_before(upstream);
        config.server.threads = threads;
        config.plugins.push_back(std::move(plugin));
        return Gateway(std::move(config));
    }
    /// A guest that asks the upstream for this model.
    store::PluginConfig asks_upstream(std::string_view model) {
        return Asker::in(
            folder, Asker::http,
            fmt::format(R"({{"url":"{}/v1/chat/completions","method":"POST"}})", upstream.url()),
            fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"x"}}]}})", model));
    }
    static std::string code(const Gateway& gateway) {
        const std::string metrics = gateway.get("/metrics").body;
        constexpr std::string_view name = "sluice_plugin_own_code{plugin=\"asker\"} ";
        const auto at = metrics.find(name);
        if (at == std::string::npos) return "none";
        const auto begin = at + name.size();
        return metrics.substr(begin, metrics.find('\n', begin) - begin);
    }

    static inline const std::string asking = fmt::format(
        R"({{"model":"openai/gpt-test","messages":[{{"role":"user","content":"{}"}}]}})",
        std::string(5'000, 'x'));
    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(HostCallsOfPlugIns, ShareVariablesBetweenThreads) {
    constexpr std::string_view count =
        "(local $code i64) (local.set $code (call $var_add (i32.const 32768) (i32.const 1) "
        "(i64.const 1) (i64.const 0)))"
        "(drop (call $result_read (i32.const 32800) (i32.const 8)))"
        "(drop (call $metric_set (i32.const 32768) (i32.const 1) (i32.const 0) (i32.const 0) "
        "(f64.convert_i64_u (i64.load (i32.const 32800))))) (i64.const 0)";
    const Gateway gateway = this->gateway(WatGuest("counter")
                                              .with(host_imports(count))
                                              .with("(data (i32.const 32768) \"n\")")
                                              .runs("pre_hook", count)
                                              .in(folder),
                                          2);
    for (int i = 0; i < 9; ++i) EXPECT_EQ(gateway.chat(hello).status, 200);
    // '9' is 57: the text of the ninth answer, wherever the nine ran.
    EXPECT_THAT(gateway.get("/metrics").body,
                HasSubstr("sluice_plugin_own_n{plugin=\"counter\"} 57\n"));
    EXPECT_THAT(gateway.plugin_report("counter"),
                HasSubstr(R"("variable_bytes":{"used":2,"allowed":1048576,"broken":0})"));
}

TEST_F(HostCallsOfPlugIns, ShareVariablesBetweenGatewaysByRedisAndFailWhileItIsAway) {
    auto redis = std::make_unique<RedisServer>();
    constexpr std::string_view count =
        "(local $code i64) (local.set $code (call $var_add (i32.const 32768) (i32.const 1) "
        "(i64.const 1) (i64.const 0)))"
        "(drop (call $result_read (i32.const 32800) (i32.const 1)))"
        "(drop (call $metric_set (i32.const 32784) (i32.const 4) (i32.const 0) (i32.const 0) "
        "(f64.convert_i64_s (select (i64.load (i32.const 32800)) (local.get $code) "
        "(i64.gt_s (local.get $code) (i64.const 0)))))) (i64.const 0)";
    store::PluginConfig plugin =
        WatGuest("asker")
            .with(host_imports(count))
            .with("(data (i32.const 32768) \"n\")(data (i32.const 32784) \"code\")")
            .runs("pre_hook", count)
            .in(folder);
    plugin.limits.timeout = plugin.limits.cpu = plugin.limits.init_timeout = 60s;
    store::Config config = config_before(upstream);
    config.variables_store = {.type = "redis", .url = redis->url(), .timeout = 30s};
    config.plugins.push_back(std::move(plugin));
    const Gateway one(config);
    const Gateway other(config);
    EXPECT_EQ(one.chat(hello).status, 200);
    EXPECT_EQ(code(one), "49") << "'1'";
    EXPECT_EQ(other.chat(hello).status, 200);
    EXPECT_EQ(code(other), "50") << "'2'";

    redis.reset();
    EXPECT_EQ(one.chat(hello).status, 200) << "the gateway goes on";
    EXPECT_EQ(code(one), "-2");
}

TEST_F(HostCallsOfPlugIns, AskAnotherServerWhileTheirThreadServesOthers) {
    const Gateway gateway = this->gateway(asks_upstream("gpt-test?gate=slow"));
    Wire waiting = gateway.connect();
    waiting.chat(asking);
    upstream.wait_for("requests", 1);

    EXPECT_EQ(gateway.chat(hello).status, 200) << "on the one thread, meanwhile";
    EXPECT_FALSE(waiting.has_bytes());

    upstream.open("slow");
    const Answer answer = waiting.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, AllOf(HasSubstr(R"("seen":{"status":200,"headers":{)"),
                                   HasSubstr("Hello from the mock upstream.")));
    EXPECT_THAT(gateway.plugin_report("asker"),
                HasSubstr(R"("http_calls":{"used":1,"allowed":8,"broken":0})"));
}

TEST_F(HostCallsOfPlugIns, WaitByTheThousandOnOneThread) {
    constexpr std::size_t many = 1'000;
    rlimit files{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
    Upstream roomy;  // made with the new limit
    store::PluginConfig plugin =
        Asker::in(folder, Asker::http,
                  fmt::format(R"({{"url":"{}/v1/chat/completions","method":"POST"}})", roomy.url()),
                  R"({"model":"gpt-test?gate=slow","messages":[{"role":"user","content":"x"}]})");
    plugin.limits.instances_per_thread = many + 1;
    const Gateway gateway = this->gateway(std::move(plugin));
    std::vector<Wire> all;
    for (std::size_t i = 0; i < many; ++i) all.emplace_back(gateway.connect()).chat(asking);
    for (std::size_t i = 100; i <= many; i += 100) roomy.wait_for("requests", i);

    EXPECT_EQ(gateway.chat(hello).status, 200) << "while all of them wait";

    roomy.open("slow");
    for (Wire& each : all) ASSERT_EQ(each.receive().status, 200);
}

TEST_F(HostCallsOfPlugIns, AreBrokenOffWhenTheClientGoesAway) {
    const Gateway gateway = this->gateway(asks_upstream("gpt-test?gate=never"));
    Wire client = gateway.connect();
    client.chat(asking);
    upstream.wait_for("requests", 1);
    client.close();
    upstream.wait_for("closed_early", 1);
    EXPECT_EQ(gateway.chat(hello).status, 200);
}

TEST_F(HostCallsOfPlugIns, EndWithTheirHookCallAtItsDeadline) {
    store::PluginConfig plugin = asks_upstream("gpt-test?gate=never");
    plugin.limits.timeout = 100ms;
    const Gateway gateway = this->gateway(std::move(plugin));
    const Answer answer = gateway.chat(asking);
    EXPECT_THAT(answer.body, HasSubstr("Hello from the mock upstream.")) << "a pre hook's failure";
    upstream.wait_for("closed_early", 1);
    EXPECT_THAT(gateway.plugin_report("asker"), HasSubstr(R"("allowed":100,"broken":1})"));
}

TEST_F(HostCallsOfPlugIns, AreRefusedBeyondTheirNumber) {
    store::PluginConfig plugin = Asker::in(
        folder,
        "(block (result i64) (drop (call $http_request (i32.const 36864) (i32.const {size}) "
        "(i32.const 0) (i32.const 0))) (call $http_request (i32.const 36864) (i32.const {size}) "
        "(i32.const 0) (i32.const 0)))",
        fmt::format(R"({{"url":"{}/v1/models"}})", upstream.url()));
    plugin.limits.http_calls = 1;
    const Gateway gateway = this->gateway(std::move(plugin));
    gateway.chat(asking);
    EXPECT_EQ(code(gateway), "-2");
    EXPECT_THAT(gateway.plugin_report("asker"),
                HasSubstr(R"("http_calls":{"used":1,"allowed":1,"broken":1})"));
}

TEST_F(HostCallsOfPlugIns, AreCountedOverAllHooksOfARequest) {
    const std::string request = fmt::format(R"({{"url":"{}/v1/models"}})", upstream.url());
    const std::string ask = fmt::format(
        "(drop (call $http_request (i32.const 32768) (i32.const {}) (i32.const 0) (i32.const 0))) "
        "(i64.const 0)",
        request.size());
    store::PluginConfig plugin =
        WatGuest("asker")
            .with(host_imports(ask))
            .with(fmt::format("(data (i32.const 32768) \"{}\")", escaped(request)))
            .runs("http_pre_hook", ask)
            .runs("pre_hook", ask)
            .runs("http_stream_chunk_hook", ask)
            .in(folder);
    plugin.limits.timeout = plugin.limits.cpu = plugin.limits.init_timeout = 60s;
    plugin.limits.http_calls = 3;
    plugin.allowed_hosts = {"127.0.0.1"};
    const Gateway gateway = this->gateway(std::move(plugin));
    const auto broken = [&](unsigned times) {
        return HasSubstr(
            fmt::format(R"("http_calls":{{"used":3,"allowed":3,"broken":{}}})", times));
    };

    EXPECT_EQ(events_of(gateway.chat(hello_stream).body).back(), "[DONE]");
    EXPECT_EQ(upstream.counter("requests"), 4U) << "the client's, and three for it";
    const std::string first = gateway.plugin_report("asker");
    EXPECT_THAT(first, testing::Not(broken(0)));

    EXPECT_EQ(gateway.chat(hello).status, 200);
    EXPECT_EQ(upstream.counter("requests"), 7U) << "another request, another count: two for it";
}

TEST_F(HostCallsOfPlugIns, ReachNobodyWithoutAnAllowList) {
    store::PluginConfig plugin = asks_upstream("gpt-test");
    plugin.allowed_hosts = {};
    const Gateway gateway = this->gateway(std::move(plugin));
    gateway.chat(asking);
    EXPECT_EQ(code(gateway), "-2");
    EXPECT_EQ(upstream.counter("requests"), 1U) << "the client's own";
}

TEST_F(HostCallsOfPlugIns, SendNothingWhenTheirPlugInIsAShadow) {
    const store::PluginConfig asker = asks_upstream("gpt-test");
    store::PluginConfig plugin = WatGuest("asked").answers("pre_hook", "{}").in(folder);
    plugin.allowed_hosts = asker.allowed_hosts;
    plugin.shadow = {.version = {.path = asker.path, .limits = asker.limits}};
    const Gateway gateway = this->gateway(std::move(plugin));

    EXPECT_EQ(gateway.chat(asking).status, 200);
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    // Refused, the guest finds a sentence where the answer's JSON would be.
    constexpr std::string_view failed = R"("pre_hook":{"same":0,"different":0,"failed":1)";
    std::string report;
    do report = gateway.plugin_report("asked");
    while (report.find(failed) == std::string::npos && std::chrono::steady_clock::now() < give_up);

    EXPECT_THAT(report, HasSubstr(failed));
    EXPECT_EQ(upstream.counter("requests"), 1U) << "the client's own";
}

TEST_F(HostCallsOfPlugIns, NameAPatternThatIsNone) {
    store::PluginConfig plugin = asks_upstream("gpt-test");
    plugin.allowed_hosts = {"a[b"};
    const Gateway gateway = this->gateway(std::move(plugin));
    EXPECT_THAT(gateway.plugin_report("asker"),
                AllOf(HasSubstr(R"("status":"error")"),
                      HasSubstr("allowed_hosts: `a[b` is not a pattern")));
}

class LlmCallsOfPlugIns : public HostCallsOfPlugIns {
  protected:
    store::PluginConfig asks(std::string_view request, bool permitted = true) {
        store::PluginConfig plugin = Asker::in(folder, Asker::llm, request);
        plugin.permissions.llm = permitted;
        return plugin;
    }
    static std::string request(std::string_view model, std::string_view more = "") {
        return fmt::format(
            R"({{"model":"{}"{},"messages":[{{"role":"user","content":"is this fine?{}"}}]}})",
            model, more, std::string(5'000, 'x'));
    }
};

TEST_F(LlmCallsOfPlugIns, GoThroughTheGatewayAndPastItsPlugIns) {
    const Gateway gateway = this->gateway(asks(request("openai/gpt-test")));
    const Answer answer = gateway.chat(asking);
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body,
                AllOf(HasSubstr(R"("seen":{)"), HasSubstr("Hello from the mock upstream.")))
        << "and not the asker's own answer to its own call";
    EXPECT_THAT(upstream.last_request(),
                AllOf(HasSubstr("is this fine?"), HasSubstr("Bearer sk-upstream")));
    const std::string logs = gateway.logs_once_there_are(2);
    EXPECT_THAT(logs, HasSubstr("is this fine?"));
    EXPECT_THAT(gateway.get("/metrics").body,
                HasSubstr("bifrost_upstream_requests_total{model=\"gpt-test\","
                          "provider=\"openai\"} 1\n"));
}

TEST_F(LlmCallsOfPlugIns, GiveAProvidersErrorAsItsJson) {
    const Gateway gateway = this->gateway(asks(request("openai/gpt-test?status=429")));
    EXPECT_THAT(gateway.chat(asking).body, HasSubstr(R"("seen":{"error":{)"));
    EXPECT_EQ(code(gateway), "-2");
    EXPECT_THAT(gateway.logs_once_there_are(2), HasSubstr("429"));
}

TEST_F(LlmCallsOfPlugIns, NeedPermissionAndAWholeAnswer) {
    {
        const Gateway gateway = this->gateway(asks(request("openai/gpt-test"), false));
        gateway.chat(asking);
        EXPECT_EQ(code(gateway), "-2");
    }
    const Gateway gateway = this->gateway(asks(request("openai/gpt-test", R"(,"stream":true)")));
    EXPECT_THAT(gateway.chat(asking).body, HasSubstr("stream must be false"));
    EXPECT_EQ(upstream.counter("requests"), 1U) << "the first client's own";
}

TEST_F(LlmCallsOfPlugIns, EndWithTheirClient) {
    const Gateway gateway = this->gateway(asks(request("openai/gpt-test?gate=never")));
    Wire client = gateway.connect();
    client.chat(asking);
    upstream.wait_for("requests", 1);
    client.close();
    upstream.wait_for("closed_early", 1);
    gateway.logs_once_there_are(2);
    EXPECT_THAT(gateway.get("/metrics").body, HasSubstr("sluice_clients_gone_total 2\n"))
        << "the client's request, and the one that was made for it";
}

}  // namespace
}  // namespace sluice::tests
