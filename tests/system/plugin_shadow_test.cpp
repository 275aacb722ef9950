#include "gateway.hpp"
#include "steady_client.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A gateway whose plug-in "tier" writes "one" into answers, with a shadow.
class PluginShadow : public testing::Test {
  protected:
    PluginShadow() {
        for (const char* version : {"one", "two"})
            WatGuest(version)
                .answers("pre_hook", "{}")
                .answers("post_hook", answer_of(version))
                .in(folder);
        WatGuest("endless").runs("post_hook", "(loop $again (br $again)) (unreachable)").in(folder);
        WatGuest("broken").runs("post_hook", "(unreachable)").in(folder);
    }
    static std::string answer_of(std::string_view version) {
        return fmt::format(
            R"({{"context":{{}},"response":{{"chat_response":{{"service_tier":"{}"}}}}}})",
            version);
    }
    std::filesystem::path file(const std::string& version) const {
        return folder.path() / (version + ".wat");
    }
    store::Config with_shadow(const std::string& version) const {
        store::Config config = config_before(upstream);
        store::PluginConfig tier = plugin("tier", file("one"));
        tier.shadow = {.version = {.path = file(version)}};
        config.plugins = {std::move(tier)};
        return config;
    }

    using Json = boost::json::value;
    static Json shadow_of(const Gateway& gateway) {
        return boost::json::parse(gateway.plugin_report("tier")).at("shadow");
    }
    /// The shadow once so many of its post hooks have come to that end.
    static Json shadow_once(const Gateway& gateway, const char* result, std::int64_t calls) {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        for (;;) {
            Json shown = shadow_of(gateway);
            if (shown.at("results").at("post_hook").at(result).to_number<std::int64_t>() >= calls)
                return shown;
            if (std::chrono::steady_clock::now() > give_up)
                throw std::runtime_error(
                    fmt::format("no {} {} in {}", calls, result, boost::json::serialize(shown)));
        }
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(PluginShadow, IsComparedAndChangesNothing) {
    const Gateway gateway(with_shadow("two"));
    for (int i = 0; i < 3; ++i)
        EXPECT_THAT(gateway.chat(hello).body,
                    AllOf(HasSubstr(R"("service_tier":"one")"), Not(HasSubstr("two"))));

    const Json shown = shadow_once(gateway, "different", 3);
    EXPECT_EQ(shown.at("status"), "active");
    EXPECT_EQ(shown.at("results").at("pre_hook").at("same"), 3);
    EXPECT_EQ(shown.at("results").at("pre_hook").at("different"), 0);
    const Json& difference = shown.at("differences").at(0);
    EXPECT_EQ(difference.at("hook"), "post_hook");
    EXPECT_FALSE(difference.at("request_id").as_string().empty());
    EXPECT_EQ(difference.at("places"),
              boost::json::parse(R"([{"path": "response.chat_response.service_tier",
                                      "stable": "one", "shadow": "two"}])"));
    EXPECT_THAT(gateway.get("/metrics").body,
                AllOf(HasSubstr("sluice_plugin_shadow_calls_total{hook=\"post_hook\","
                                "plugin=\"tier\",result=\"different\"} 3\n"),
                      HasSubstr("version=\"shadow\"")));
}

TEST_F(PluginShadow, ShowsNoContentsWhereTheLogKeepsNone) {
    store::Config config = with_shadow("two");
    config.client.disable_content_logging = true;
    const Gateway gateway(std::move(config));
    gateway.chat(hello);
    EXPECT_EQ(shadow_once(gateway, "different", 1).at("differences").at(0).at("places"),
              boost::json::parse(R"([{"path": "response.chat_response.service_tier",
                                      "stable": "<redacted>", "shadow": "<redacted>"}])"));
}

TEST_F(PluginShadow, ThatFallsBehindDropsCallsAndDelaysNone) {
    store::Config config = with_shadow("endless");
    config.plugins[0].shadow->queue = 1;
    config.plugins[0].shadow->version.limits.timeout = std::chrono::minutes(10);
    config.plugins[0].shadow->version.limits.cpu = std::chrono::minutes(10);
    const Gateway gateway(std::move(config));
    for (int i = 0; i < 5; ++i)
        EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"one")"));
    const auto results = shadow_of(gateway).at("results");
    const auto dropped = [&](const char* hook) {
        return results.at(hook).at("dropped").to_number<std::int64_t>();
    };
    // The pre hooks, which it lacks, are in line before and behind the post hook that never ends.
    EXPECT_GE(dropped("post_hook"), 4);
    EXPECT_EQ(results.at("post_hook").at("failed"), 0);
}

TEST_F(PluginShadow, ThatFailsIsCountedAndHarmsNobody) {
    const Gateway gateway(with_shadow("broken"));
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"one")"));
    const Json shown = shadow_once(gateway, "failed", 1);
    EXPECT_THAT(std::string(shown.at("differences").at(0).at("fault").as_string()),
                AllOf(HasSubstr("plug-in tier (shadow): `post_hook`"), HasSubstr("unreachable")));
}

TEST_F(PluginShadow, ComesAndGoesUnderLoadWithoutAFailedRequest) {
    store::Config config = config_before(upstream);
    config.server.threads = 2;
    config.plugins = {plugin("tier", file("one"))};
    const Gateway gateway(std::move(config));
    std::vector<std::unique_ptr<SteadyClient>> clients;
    for (int i = 0; i < 4; ++i)
        clients.push_back(std::make_unique<SteadyClient>(gateway, R"("service_tier":"one")"));
    for (const char* version : {"two", "one", "broken", "two"}) {
        const Answer changed =
            gateway.ask("PUT", "/api/plugins/tier",
                        fmt::format(R"({{"shadow": {{"path": "{}"}}}})", file(version).string()));
        EXPECT_EQ(changed.status, 200) << changed.body;
        shadow_once(gateway,
                    std::string_view(version) == "one"      ? "same"
                    : std::string_view(version) == "broken" ? "failed"
                                                            : "different",
                    1);
        EXPECT_EQ(gateway.ask("PUT", "/api/plugins/tier", R"({"shadow": null})").status, 200);
    }
    for (const auto& client : clients) {
        client->stop();
        EXPECT_THAT(client->failures(), testing::IsEmpty());
    }
}

TEST_F(PluginShadow, OfAnotherGenerationIsRefusedWithAReason) {
    store::Config config = config_before(upstream);
    store::PluginConfig tier = plugin("tier", file("one"));
    config.plugins = {tier};
    const auto old = folder.path() / "old.wat";
    std::ofstream(old) << R"((module (memory (export "memory") 2)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "pre_hook") (param i32 i32 i32 i32) (result i64) (i64.const 0))
  (func (export "http_transport_intercept") (param i32 i32 i32 i32) (result i64) (i64.const 0)))
)";
    const Gateway gateway(std::move(config));
    const Answer refused = gateway.ask(
        "PUT", "/api/plugins/tier", fmt::format(R"({{"shadow": {{"path": "{}"}}}})", old.string()));
    EXPECT_EQ(refused.status, 422) << refused.body;
    EXPECT_THAT(refused.body, HasSubstr("the two cannot be compared"));
}

}  // namespace
}  // namespace sluice::tests
