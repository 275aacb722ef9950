#include "gateway/management.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.hpp"
#include "gateway/log_query.hpp"
#include "gateway/plugin_management.hpp"

namespace sluice::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string complaint_about(std::string_view query) {
    const auto read = read_log_query(query);
    return std::holds_alternative<BadParameter>(read) ? std::get<BadParameter>(read).message
                                                      : "no complaint";
}

TEST(LogQuery, ReadsEveryFilter) {
    const auto read = std::get<store::LogQuery>(read_log_query(
        "providers=openai,mock&models=gpt-4o&status=error&start_time=2026-01-31T12:00:00Z&"
        "end_time=2026-01-31T14:00:00.25%2B02:00&content_search=two+words&limit=10&offset=20&"
        "sort_by=latency&order=asc"));
    EXPECT_THAT(read.providers, ElementsAre("openai", "mock"));
    EXPECT_THAT(read.models, ElementsAre("gpt-4o"));
    EXPECT_THAT(read.status, ElementsAre("error"));
    EXPECT_EQ(read.start_time_us, 1'769'860'800'000'000);
    EXPECT_EQ(read.end_time_us, 1'769'860'800'250'000);
    EXPECT_EQ(read.content_search, "two words");
    EXPECT_EQ(read.limit, 10U);
    EXPECT_EQ(read.offset, 20U);
    EXPECT_EQ(read.sort_by, "latency");
    EXPECT_TRUE(read.ascending);
}

TEST(LogQuery, NamesTheParameterThatIsWrong) {
    EXPECT_EQ(complaint_about("limit=0"),
              "query parameter limit must be a whole number from 1 to 1000, not \"0\"");
    EXPECT_EQ(complaint_about("limit=1001"),
              "query parameter limit must be a whole number from 1 to 1000, not \"1001\"");
    EXPECT_EQ(complaint_about("offset=-1"),
              "query parameter offset must be a whole number from 0, not \"-1\"");
    EXPECT_EQ(complaint_about("order=up"), "query parameter order must be asc or desc, not \"up\"");
    EXPECT_EQ(complaint_about("sort_by=cost"),
              "query parameter sort_by must be timestamp, latency or tokens, not \"cost\"");
    for (const char* time : {"yesterday", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00",
                             "2026-01-31T25:00:00Z", "2026-01-31T12:00:00Zx"})
        EXPECT_THAT(complaint_about(std::string("start_time=") + time),
                    HasSubstr("query parameter start_time must be a time"))
            << time;
    EXPECT_THAT(complaint_about("provider=openai"), HasSubstr("provider is not a filter"));
}

TEST(LogQuery, SpellsTimesAsItReadsThem) {
    EXPECT_EQ(to_rfc3339(1'769'860'800'250'000), "2026-01-31T12:00:00.250000Z");
    EXPECT_EQ(to_rfc3339(0), "1970-01-01T00:00:00.000000Z");
}

TEST(Management, ListsTheModelsThatTheConfigurationNames) {
    store::Config config;
    config.providers.push_back({.name = "mock", .models = {"echo"}});
    config.providers.push_back(
        {.name = "openai", .keys = {{.name = "k", .value = "sk-secret", .models = {"gpt-4o"}}}});

    EXPECT_EQ(models_reply(config, "").body,
              R"({"object":"list","data":[)"
              R"({"id":"mock/echo","object":"model","created":0,"owned_by":"mock"},)"
              R"({"id":"openai/gpt-4o","object":"model","created":0,"owned_by":"openai"}]})");
    EXPECT_EQ(models_reply(config, "provider=nobody").body, R"({"object":"list","data":[]})");
}

TEST(Management, ShowsAPlugInThatFailedWithTheReasonAndNoSecrets) {
    PluginSet set;
    set.plugins.push_back(
        {.config = {.name = "broken",
                    .path = "broken.wasm",
                    .config_json = R"({"hook":"https://secret"})",
                    .shown_config_json = R"({"hook":"env.HOOK","api_key":"sk-secret",)"
                                         R"("words":["a"],"deep":[{"Token":"t"}]})"},
         .status = "error",
         .logs = {"broken.wasm: no such file"}});

    const std::string body = plugins_reply(set).body;
    EXPECT_THAT(body, HasSubstr(R"("count":1)"));
    EXPECT_THAT(body,
                HasSubstr(R"("config":{"hook":"env.HOOK","api_key":"<redacted>","words":["a"],)"
                          R"("deep":[{"Token":"<redacted>"}]})"));
    EXPECT_THAT(body, HasSubstr(R"("status":{"name":"broken","status":"error",)"
                                R"("logs":["broken.wasm: no such file"],"types":[]})"));
    EXPECT_THAT(body, Not(HasSubstr("sk-secret")));
    EXPECT_THAT(body, Not(HasSubstr("https://secret")));
    EXPECT_EQ(plugin_reply(set, "broken").status, 200);
}

TEST(Management, SaysWhichPlugInIsUnknown) {
    const http::Reply reply = plugin_reply({}, "nobody");
    EXPECT_EQ(reply.status, 404);
    EXPECT_THAT(reply.body, HasSubstr("Plugin not found: nobody"));
}

TEST(Management, AnswersLogsWithRowsPaginationAndStats) {
    const tests::TemporaryFolder folder;
    store::RequestLog log(folder.path() / "logs.db", 10);
    store::LogBatch rows;
    store::LogRow& row = rows.add();
    row.id = "r-1";
    row.timestamp_us = 1'769'860'800'250'000;
    row.object = "chat.completion";
    row.provider = "mock";
    row.model = "echo";
    row.status = "success";
    row.status_code = 200;
    row.latency_ms = 2;
    row.total_tokens = 7;
    row.input = R"([{"role":"user","content":"hi"}])";
    row.output = "hi";
    log.write(rows);
    log.flush();

    const http::Reply reply = logs_reply(log, "limit=5");
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(reply.body, HasSubstr(R"("id":"r-1","timestamp":"2026-01-31T12:00:00.250000Z")"));
    EXPECT_THAT(reply.body, HasSubstr(R"("input_history":[{"role":"user","content":"hi"}])"));
    EXPECT_THAT(reply.body, HasSubstr(R"("pagination":{"limit":5,"offset":0,)"
                                      R"("sort_by":"timestamp","order":"desc","total_count":1})"));
    EXPECT_THAT(reply.body, HasSubstr(R"("has_logs":true)"));
}

TEST(Management, RefusesABadLogFilterNamingIt) {
    const tests::TemporaryFolder folder;
    const store::RequestLog log(folder.path() / "logs.db", 10);
    const http::Reply reply = logs_reply(log, "limit=many");
    EXPECT_EQ(reply.status, 400);
    EXPECT_THAT(reply.body, HasSubstr(R"("param":"limit")"));

    std::string many = "models=";
    for (int i = 0; i < 101; ++i) many += "m,";
    EXPECT_EQ(logs_reply(log, many).status, 400);
}

}  // namespace
}  // namespace sluice::gateway
