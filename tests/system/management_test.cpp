#include "gateway.hpp"
#include "wat_guest.hpp"

#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Management, TellsItsHealth) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    const Answer answer = gateway.get("/health");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Content-Type"), "application/json");
    EXPECT_EQ(answer.body, R"({"status":"ok"})");
}

TEST(Management, ListsTheModelsOfTheConfiguration) {
    Upstream upstream;
    store::Config config = config_before(upstream);
    config.providers[0].models = {"gpt-test", "gpt-other"};
    config.providers[1].models = {"echo"};
    const Gateway gateway(std::move(config));

    const std::string all = gateway.get("/v1/models").body;
    EXPECT_THAT(all,
                AllOf(HasSubstr(R"("object":"list")"), HasSubstr(R"("id":"openai/gpt-test")"),
                      HasSubstr(R"("id":"openai/gpt-other")"), HasSubstr(R"("id":"mock/echo")")));
    EXPECT_THAT(gateway.get("/v1/models?provider=mock").body,
                AllOf(HasSubstr("mock/echo"), Not(HasSubstr("gpt-test"))));
}

TEST(Management, ShowsTheRequestsWithTheirTokens) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    gateway.chat(hello);
    gateway.chat(
        R"({"model":"openai/gpt-test?status=429","messages":[{"role":"user","content":"hi"}]})");

    const std::string logs = gateway.logs_once_there_are(2);

    EXPECT_THAT(logs, AllOf(HasSubstr(R"("provider":"openai")"), HasSubstr(R"("model":"gpt-test")"),
                            HasSubstr(R"("status":"success")"), HasSubstr(R"("total_tokens":15)"),
                            HasSubstr(R"("status":"error")"), HasSubstr(R"("status_code":429)"),
                            HasSubstr(R"("content":"Hello")")));
}

TEST(Management, FiltersAndPagesTheRequestLog) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    for (int request = 0; request < 3; ++request) gateway.chat(hello);
    gateway.chat(R"({"model":"mock/echo","messages":[{"role":"user","content":"hi"}]})");
    gateway.logs_once_there_are(4);

    EXPECT_THAT(gateway.get("/api/logs?providers=mock").body, HasSubstr(R"("total_count":1)"));
    EXPECT_THAT(gateway.get("/api/logs?providers=openai").body, HasSubstr(R"("total_count":3)"));
    const std::string page = gateway.get("/api/logs?limit=1&offset=1").body;
    EXPECT_THAT(page, AllOf(HasSubstr(R"("total_count":4)"), HasSubstr(R"("limit":1)"),
                            HasSubstr(R"("offset":1)")));
    EXPECT_EQ(gateway.get("/api/logs?limit=0").status, 400);
    EXPECT_EQ(gateway.get("/api/logs?offset=-1").status, 400);
}

TEST(Management, KeepsNoContentsWhenToldSo) {
    Upstream upstream;
    store::Config config = config_before(upstream);
    config.client.disable_content_logging = true;
    const Gateway gateway(std::move(config));
    gateway.chat(hello);

    const std::string logs = gateway.logs_once_there_are(1);

    EXPECT_THAT(logs, HasSubstr(R"("total_tokens":15)"));
    EXPECT_THAT(logs, Not(HasSubstr("Hello")));
}

TEST(Management, ListsThePluginsAndTheirState) {
    Upstream upstream;
    TemporaryFolder folder;
    store::Config config = config_before(upstream);
    config.plugins.push_back(WatGuest("fine").runs("pre_hook", "(i64.const 0)").in(folder));
    config.plugins.push_back(WatGuest("off").runs("pre_hook", "(unreachable)").in(folder));
    config.plugins.back().enabled = false;
    config.plugins.back().shown_config_json = R"({"api_key":"sk-plugin","limit":3})";
    config.plugins.push_back(hazard("hook_without_malloc"));
    const Gateway gateway(std::move(config));

    const std::string plugins = gateway.get("/api/plugins").body;

    EXPECT_THAT(plugins,
                AllOf(HasSubstr(R"("count":3)"), HasSubstr(R"("status":"active")"),
                      HasSubstr(R"("status":"disabled")"), HasSubstr(R"("status":"error")"),
                      HasSubstr(R"("hooks":["pre_hook"])"), HasSubstr(R"("limit":3)")));
    EXPECT_THAT(plugins, Not(HasSubstr("sk-plugin")));
    EXPECT_THAT(gateway.get("/api/plugins/fine").body, HasSubstr(R"("name":"fine")"));
    EXPECT_EQ(gateway.get("/api/plugins/unknown").status, 404);
}

TEST(Management, CountsForPrometheus) {
    Upstream upstream;
    TemporaryFolder folder;
    store::Config config = config_before(upstream);
    config.plugins.push_back(WatGuest("fine").runs("pre_hook", "(i64.const 0)").in(folder));
    const Gateway gateway(std::move(config));
    gateway.chat(hello);
    gateway.chat(hello);

    const Answer metrics = gateway.get("/metrics");

    EXPECT_THAT(metrics.field("Content-Type"), testing::StartsWith("text/plain; version=0.0.4"));
    EXPECT_THAT(metrics.body, HasSubstr("http_requests_total{"));
    EXPECT_THAT(metrics.body, HasSubstr("http_request_duration_seconds_bucket{"));
    EXPECT_THAT(metrics.body, HasSubstr("bifrost_upstream_requests_total{"));
    EXPECT_THAT(metrics.body, HasSubstr("bifrost_upstream_latency_seconds_bucket{"));
    EXPECT_THAT(metrics.body, HasSubstr("bifrost_output_tokens_total{"));
    EXPECT_THAT(metrics.body, HasSubstr(R"(plugin="fine")"));
    EXPECT_THAT(metrics.body, HasSubstr("path=\"/v1/chat/completions\""));
}

TEST(Management, NeverShowsAKey) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    gateway.chat(hello);
    gateway.logs_once_there_are(1);

    for (const char* target : {"/health", "/metrics", "/v1/models", "/api/plugins", "/api/logs"})
        EXPECT_THAT(gateway.get(target).body, Not(HasSubstr("sk-upstream"))) << target;
}

}  // namespace
}  // namespace sluice::tests
