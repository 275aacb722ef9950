#include "gateway.hpp"
#include "steady_client.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <boost/json/parse.hpp>

#include <fstream>
#include <map>
#include <memory>
#include <vector>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A gateway with the plug-in "tier", of which there are several versions: each notes which one it
/// is in the answers that it sees.
class PluginCanary : public testing::Test {
  protected:
    PluginCanary() {
        for (const char* version : {"one", "two"}) {
            const std::string answer = fmt::format(
                R"({{"context":{{}},"response":{{"chat_response":{{"service_tier":"{}"}}}}}})",
                version);
            WatGuest(version).answers("pre_hook", "{}").answers("post_hook", answer).in(folder);
        }
        WatGuest("broken").runs("post_hook", "(unreachable)").in(folder);
    }

    std::filesystem::path file(const std::string& version) const {
        return folder.path() / (version + ".wat");
    }
    store::PluginConfig with_canary(const std::string& version, double percent) const {
        store::PluginConfig tier = plugin("tier", file("one"));
        tier.canary = {.version = {.path = file(version)}, .percent = percent};
        return tier;
    }
    Gateway gateway(store::PluginConfig tier) const {
        store::Config config = config_before(upstream);
        config.plugins = {std::move(tier)};
        return Gateway(std::move(config));
    }
    /// A gateway on a configuration file, as far as its plug-ins go.
    Gateway on_file(const std::string& entry, unsigned threads) const {
        const auto path = folder.path() / "config.json";
        std::ofstream(path) << fmt::format(
            R"({{"server": {{"port": 0, "threads": {}}},
  "providers": {{"openai": {{"keys": [{{"name": "k", "value": "sk-upstream"}}],
    "network_config": {{"base_url": "{}"}}}}}},
  "logs_store": {{"enabled": false}},
  "plugins": [{}]}}
)",
            threads, upstream.url(), entry);
        return Gateway(store::load_config(path), path);
    }
    std::string text_of_file() const { return read_file(folder.path() / "config.json"); }

    /// Which version a request met.
    static std::string version_met(const Gateway& gateway, std::string_view headers) {
        Wire wire = gateway.connect();
        wire.send(
            fmt::format("\nPOST /v1/chat/completions HTTP/1.1\nHost: h\n{}Content-Length: "
                        "#\n\n{}",
                        headers, hello));
        const std::string body = wire.receive().body;
        return body.find(R"("service_tier":"two")") != std::string::npos   ? "two"
               : body.find(R"("service_tier":"one")") != std::string::npos ? "one"
                                                                           : body;
    }
    static std::map<std::string, std::string> versions_by_id(const Gateway& gateway) {
        std::map<std::string, std::string> met;
        for (int i = 0; i < 20; ++i) {
            const std::string id = fmt::format("r-{}", i);
            met[id] = version_met(gateway, fmt::format("X-Request-Id: {}\n", id));
        }
        return met;
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(PluginCanary, IsMetByThePercentageOfRequestsThatTheirIdsDecide) {
    const Gateway gateway = this->gateway(with_canary("two", 50));
    const auto met = versions_by_id(gateway);
    std::map<std::string, int> requests;
    for (const auto& [id, version] : met) ++requests[version];
    EXPECT_EQ(requests["one"] + requests["two"], 20);
    EXPECT_GT(requests["one"], 0);
    EXPECT_GT(requests["two"], 0);
    EXPECT_EQ(versions_by_id(gateway), met) << "the same id meets the same version again";
}

TEST_F(PluginCanary, IsMetInAllHooksOfARequest) {
    const Gateway gateway = this->gateway(with_canary("two", 50));
    int canary = 0;
    for (const auto& [id, version] : versions_by_id(gateway)) canary += version == "two" ? 1 : 0;
    const std::string metrics = gateway.get("/metrics").body;
    for (const char* hook : {"pre_hook", "post_hook"}) {
        EXPECT_THAT(metrics, HasSubstr(fmt::format("hook_duration_seconds_count{{hook=\"{}\","
                                                   "plugin=\"tier\",version=\"canary\"}} {}\n",
                                                   hook, canary)));
        EXPECT_THAT(metrics, HasSubstr(fmt::format("hook_duration_seconds_count{{hook=\"{}\","
                                                   "plugin=\"tier\",version=\"stable\"}} {}\n",
                                                   hook, 20 - canary)));
    }
}

TEST_F(PluginCanary, IsMetByRequestsWithItsHeader) {
    store::PluginConfig tier = with_canary("two", 0);
    tier.canary->header_name = "X-Canary";
    tier.canary->header_value = "yes";
    const Gateway gateway = this->gateway(std::move(tier));
    EXPECT_EQ(version_met(gateway, ""), "one");
    EXPECT_EQ(version_met(gateway, "x-canary: yes\n"), "two");
    EXPECT_EQ(version_met(gateway, "X-Canary: no\n"), "one");
}

TEST_F(PluginCanary, HasABreakerLimitsAndUsageOfItsOwn) {
    store::PluginConfig tier = with_canary("broken", 100);
    tier.limits.timeout = std::chrono::seconds(7);
    tier.breaker = store::BreakerLimits{.failures = 50};
    tier.canary->version.limits.timeout = std::chrono::seconds(3);
    tier.canary->version.breaker =
        store::BreakerLimits{.failures = 2, .pause = std::chrono::minutes(10)};
    const Gateway gateway = this->gateway(std::move(tier));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(gateway.chat(hello).status, 200);

    const auto shown = boost::json::parse(gateway.plugin_report("tier"));
    EXPECT_EQ(shown.at("breaker").at("state"), "closed");
    EXPECT_EQ(shown.at("limits").at("timeout_ms").at("allowed"), 7'000);
    EXPECT_EQ(shown.at("limits").at("memory_mb").at("used").to_number<double>(), 0);
    const auto& canary = shown.at("canary");
    EXPECT_EQ(canary.at("status"), "active");
    EXPECT_EQ(canary.at("percent"), 100);
    EXPECT_EQ(canary.at("breaker").at("state"), "open");
    EXPECT_EQ(canary.at("limits").at("timeout_ms").at("allowed"), 3'000);
    EXPECT_EQ(canary.at("limits").at("memory_mb").at("used").to_number<double>(), 2);
    EXPECT_THAT(gateway.get("/metrics").body,
                HasSubstr("sluice_plugin_pauses_total{hook=\"post_hook\",plugin=\"tier\","
                          "version=\"canary\"} 1\n"));
}

TEST_F(PluginCanary, ThatCannotBeLoadedIsLeftOutAtTheStart) {
    const Gateway gateway = this->gateway(with_canary("missing", 100));
    EXPECT_EQ(version_met(gateway, ""), "one");
    const auto shown = boost::json::parse(gateway.plugin_report("tier"));
    EXPECT_EQ(shown.at("status").at("status"), "active");
    EXPECT_EQ(shown.at("canary").at("status"), "error");
    EXPECT_THAT(std::string(shown.at("canary").at("logs").at(0).as_string()),
                HasSubstr("missing.wat: cannot be read"));
}

TEST_F(PluginCanary, ThatCannotBeLoadedRefusesTheChange) {
    const Gateway gateway = on_file(R"({"name": "tier", "path": "one.wat"})", 1);
    const std::string before = text_of_file();
    const Answer refused = gateway.ask("PUT", "/api/plugins/tier",
                                       R"({"canary": {"path": "missing.wat", "percent": 1}})");
    EXPECT_EQ(refused.status, 422);
    EXPECT_THAT(refused.body, AllOf(HasSubstr("missing.wat"), HasSubstr("stays as it was before")));
    EXPECT_EQ(text_of_file(), before);
    EXPECT_THAT(gateway.plugin_report("tier"), Not(HasSubstr("\"canary\"")));
}

TEST_F(PluginCanary, ComesGrowsAndTakesOverUnderLoadWithoutAFailedRequest) {
    const Gateway gateway = on_file(R"({"name": "tier", "path": "one.wat"})", 2);
    std::vector<std::unique_ptr<SteadyClient>> clients;
    for (int i = 0; i < 4; ++i)
        clients.push_back(std::make_unique<SteadyClient>(gateway, "service_tier"));
    const auto change = [&](const std::string& members) {
        const Answer changed = gateway.ask("PUT", "/api/plugins/tier", members);
        EXPECT_EQ(changed.status, 200) << changed.body;
    };
    for (const char* version : {"two", "one", "two"}) {
        for (const int percent : {0, 10, 50, 100})
            change(fmt::format(R"({{"canary": {{"path": "{}.wat", "percent": {}}}}})", version,
                               percent));
        EXPECT_EQ(version_met(gateway, ""), version);
        change(R"({"promote": true})");
        EXPECT_EQ(version_met(gateway, ""), version);
        EXPECT_THAT(gateway.plugin_report("tier"), Not(HasSubstr("\"canary\"")));
    }
    for (const auto& client : clients) {
        client->stop();
        EXPECT_THAT(client->failures(), testing::IsEmpty());
    }
    EXPECT_THAT(text_of_file(), HasSubstr(R"([
    {"name": "tier", "path": "two.wat"}
  ])"));
    const Answer refused = gateway.ask("PUT", "/api/plugins/tier", R"({"promote": true})");
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body, HasSubstr("promote: the plug-in has no canary"));
}

}  // namespace
}  // namespace sluice::tests
