#include "store/config.hpp"

#include "config_reading.hpp"
#include "expect_error.hpp"
#include "files.hpp"

#include <cstdlib>

namespace sluice::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Config, RecordsBodiesOnlyWhenItIsAskedTo) {
    EXPECT_FALSE(read_config("config.json", "{}").logs_store.record_bodies);
    EXPECT_EQ(read_config("config.json", "{}").logs_store.record_bytes, 256U << 10U);
    const Config config =
        read_config("config.json", R"({"logs_store": {"record_bodies": true, "record_kb": 8}})");
    EXPECT_TRUE(config.logs_store.record_bodies);
    EXPECT_EQ(config.logs_store.record_bytes, 8U << 10U);
    EXPECT_EQ(tests::refusal(R"({"logs_store": {"record_bodies": true},
                                 "client": {"disable_content_logging": true}})"),
              "config.json:1: logs_store.record_bodies: must not be true while "
              "client.disable_content_logging is");
}

TEST(Config, HasSafeDefaultsForWhatIsNotSaid) {
    const Config config = read_config("config.json", "{}");
    EXPECT_EQ(config.server.host, "127.0.0.1");
    EXPECT_EQ(config.server.port, 8080);
    EXPECT_EQ(config.server.threads, 0U);
    EXPECT_EQ(config.server.log_level, "info");
    EXPECT_EQ(config.client.max_request_body_bytes, 100U << 20);
    EXPECT_TRUE(config.client.enable_logging);
    EXPECT_THAT(config.providers, IsEmpty());
    EXPECT_THAT(config.plugins, IsEmpty());
    EXPECT_TRUE(config.logs_store.enabled);
    EXPECT_EQ(config.logs_store.path, default_log_path());
}

TEST(Config, ReadsEveryKey) {
    const tests::EnvironmentVariable key("SLUICE_TEST_KEY", "sk-secret");
    const Config config = read_config("/etc/sluice/config.json", R"({
        "$schema": "./docs/config.schema.json",
        "server": {"host": "0.0.0.0", "port": 9000, "threads": 3, "log_level": "debug",
                   "max_connections": 5, "max_header_kb": 16, "header_timeout_ms": 100,
                   "idle_timeout_ms": 200, "shutdown_timeout_ms": 300},
        "client": {"enable_logging": false, "disable_content_logging": true,
                   "max_request_body_size_mb": 7},
        "providers": {
          "openai": {"keys": [{"name": "k", "value": "env.SLUICE_TEST_KEY", "models": ["gpt-4o"],
                               "weight": 0.5},
                              {"name": "l", "value": "plain", "models": ["*"]}],
                     "models": ["gpt-5"]},
          "local": {"network_config": {"base_url": "http://127.0.0.1:9/v1",
                      "extra_headers": {"X-A": "b", "X-Key": "env.SLUICE_TEST_KEY"},
                      "default_request_timeout_in_seconds": 2,
                      "stream_idle_timeout_in_seconds": 3, "ca_file": "ca.pem"}},
          "mock": {"mock_config": {"delay_ms": 20, "failure_rate": 0.25}, "models": ["m"]}},
        "plugins": [{"name": "g", "path": "g.wasm", "enabled": false, "order": 2,
                     "placement": "pre_builtin", "config": {"a": 1.50},
                     "limits": {"timeout_ms": 9, "memory_mb": 64, "recycle_mb": 8,
                                "instances_per_thread": 4}}],
        "logs_store": {"enabled": false, "type": "sqlite", "queue_rows": 10,
                       "config": {"path": "logs/l.db"}}
    })");
    EXPECT_EQ(config.server.host, "0.0.0.0");
    EXPECT_EQ(config.server.port, 9000);
    EXPECT_EQ(config.server.threads, 3U);
    EXPECT_EQ(config.server.log_level, "debug");
    EXPECT_EQ(config.client.max_connections, 5U);
    EXPECT_EQ(config.client.max_header_bytes, 16U << 10);
    EXPECT_EQ(config.client.header_timeout, 100ms);
    EXPECT_EQ(config.client.idle_timeout, 200ms);
    EXPECT_EQ(config.client.shutdown_timeout, 300ms);
    EXPECT_FALSE(config.client.enable_logging);
    EXPECT_TRUE(config.client.disable_content_logging);
    EXPECT_EQ(config.client.max_request_body_bytes, 7U << 20);

    ASSERT_EQ(config.providers.size(), 3U);
    const ProviderConfig& openai = config.providers[0];
    EXPECT_EQ(openai.name, "openai");
    ASSERT_EQ(openai.keys.size(), 2U);
    EXPECT_EQ(openai.keys[0].name, "k");
    EXPECT_EQ(openai.keys[0].value, "sk-secret");
    EXPECT_THAT(openai.keys[0].models, ElementsAre("gpt-4o"));
    EXPECT_EQ(openai.keys[0].weight, 0.5);
    EXPECT_EQ(openai.keys[1].value, "plain");
    EXPECT_THAT(openai.keys[1].models, IsEmpty());
    EXPECT_THAT(openai.models, ElementsAre("gpt-5"));
    const NetworkConfig& network = config.providers[1].network;
    EXPECT_EQ(network.base_url, "http://127.0.0.1:9/v1");
    EXPECT_THAT(network.extra_headers,
                ElementsAre(testing::Pair("X-A", "b"), testing::Pair("X-Key", "sk-secret")));
    EXPECT_EQ(network.request_timeout, 2s);
    EXPECT_EQ(network.stream_idle_timeout, 3s);
    EXPECT_EQ(network.ca_file, "/etc/sluice/ca.pem");
    EXPECT_EQ(config.providers[2].mock.delay, 20ms);
    EXPECT_EQ(config.providers[2].mock.failure_rate, 0.25);

    ASSERT_EQ(config.plugins.size(), 1U);
    const PluginConfig& plugin = config.plugins[0];
    EXPECT_EQ(plugin.name, "g");
    EXPECT_EQ(plugin.path, "/etc/sluice/g.wasm");
    EXPECT_FALSE(plugin.enabled);
    EXPECT_EQ(plugin.config_json, R"({"a": 1.50})");
    EXPECT_EQ(plugin.placement, "pre_builtin");
    EXPECT_EQ(plugin.order, 2);
    EXPECT_EQ(plugin.limits.timeout, 9ms);
    EXPECT_EQ(plugin.limits.memory_bytes, 64U << 20);
    EXPECT_EQ(plugin.limits.recycle_bytes, 8U << 20);
    EXPECT_EQ(plugin.limits.instances_per_thread, 4U);
    EXPECT_FALSE(config.logs_store.enabled);
    EXPECT_EQ(config.logs_store.queue_rows, 10U);
    EXPECT_EQ(config.logs_store.path, "/etc/sluice/logs/l.db");
}

TEST(Config, NamesTheFileTheLineThePathAndTheValueThatIsWrong) {
    EXPECT_EQ(tests::refusal("{\n\"plugins\": [\n{\"name\": \"a\", \"path\": \"a.wasm\",\n"
                             "\"limits\": {\"timeout_ms\": \"5s\"}}]}"),
              "config.json:4: plugins[0].limits.timeout_ms: must be a whole number from 1 to "
              "600000, not \"5s\"");
}

TEST(Config, ReportsAllProblemsOfAFileAtOnce) {
    EXPECT_EQ(
        tests::refusal(R"({
  "server": {"prot": 80, "port": 70000},
  "client": {"drop_excess_requests": true},
  "providers": {"mock": {"mock_config": {"failure_rate": 2}}},
  "governance": {}
})"),
        "config.json:2: server.prot: unknown key; known here: host, port, threads, log_level, "
        "plugin_changes, max_connections, max_header_kb, header_timeout_ms, idle_timeout_ms, "
        "shutdown_timeout_ms\n"
        "config.json:2: server.port: must be a whole number from 0 to 65535, not 70000\n"
        "config.json:3: client.drop_excess_requests: is not supported yet\n"
        "config.json:4: providers.mock.mock_config.failure_rate: must be a number from 0 to 1, "
        "not 2\n"
        "config.json:5: governance: is not supported yet");
}

TEST(Config, NamesTheVariableThatIsNotSetAndThePlace) {
    ::unsetenv("SLUICE_TEST_ABSENT");
    EXPECT_EQ(tests::refusal("{\"providers\": {\"openai\": {\"keys\": [\n"
                             "{\"name\": \"k\", \"value\": \"env.SLUICE_TEST_ABSENT\"}]}}}"),
              "config.json:2: providers.openai.keys[0].value: environment variable "
              "SLUICE_TEST_ABSENT is not set");
    EXPECT_EQ(tests::refusal("{\"plugins\": [{\"name\": \"a\", \"path\": \"a.wasm\", \"config\":\n"
                             "{\"deep\": [{\"token\": \"env.SLUICE_TEST_ABSENT\"}]}}]}"),
              "config.json:2: plugins[0].config.deep[0].token: environment variable "
              "SLUICE_TEST_ABSENT is not set");
}

TEST(Config, SaysThatPostgresIsNotThereYet) {
    EXPECT_EQ(tests::refusal(R"({"logs_store": {"type": "postgres"}})"),
              "config.json:1: logs_store.type: \"postgres\" is not supported yet; use \"sqlite\"");
    EXPECT_EQ(tests::refusal(R"({"logs_store": {"type": "mysql"}})"),
              "config.json:1: logs_store.type: must be one of \"sqlite\", not \"mysql\"");
}

TEST(Config, SaysWhyAFileCannotBeRead) {
    const tests::TemporaryFolder folder;
    EXPECT_ERROR_SAYING(load_config(folder.path() / "none.json"), ErrorCode::unavailable,
                        testing::EndsWith("none.json: cannot be read: No such file or directory"));
    EXPECT_ERROR_SAYING(load_config(folder.path()), ErrorCode::unavailable,
                        HasSubstr("cannot be read: it is a folder"));
}

TEST(Config, TakesRelativePathsFromTheFilesFolder) {
    const tests::TemporaryFolder folder;
    std::ofstream(folder.path() / "c.json")
        << R"({"plugins": [{"name": "a", "path": "../a.wasm"}]})";
    EXPECT_EQ(load_config(folder.path() / "c.json").plugins[0].path,
              folder.path().parent_path() / "a.wasm");
}

TEST(Config, ReadsTheExampleOfItsDocumentation) {
    const tests::EnvironmentVariable key("OPENAI_API_KEY", "sk-1");
    const std::string page =
        tests::read_file(std::filesystem::path(SLUICE_DOCS) / "configuration.md");
    constexpr std::string_view fence = "```json\n";
    const std::size_t begin = page.find(fence) + fence.size();
    EXPECT_EQ(tests::refusal(page.substr(begin, page.find("```", begin) - begin)), "");
}

TEST(DefaultConfig, RunsWithoutAKeyAndUsesOneThatIsThere) {
    ::unsetenv("OPENAI_API_KEY");
    const Config keyless = default_config();
    ASSERT_EQ(keyless.providers.size(), 1U);
    EXPECT_EQ(keyless.providers[0].name, "mock");
    EXPECT_TRUE(keyless.logs_store.enabled);

    const tests::EnvironmentVariable key("OPENAI_API_KEY", "sk-1");
    const Config keyed = default_config();
    ASSERT_EQ(keyed.providers.size(), 2U);
    EXPECT_EQ(keyed.providers[1].name, "openai");
    EXPECT_EQ(keyed.providers[1].keys[0].value, "sk-1");
}

TEST(DefaultLogPath, FollowsTheBaseDirectoryRules) {
    {
        const tests::EnvironmentVariable state("XDG_STATE_HOME", "/state");
        EXPECT_EQ(default_log_path(), "/state/sluice/logs.db");
    }
    const tests::EnvironmentVariable relative("XDG_STATE_HOME", "state");
    const tests::EnvironmentVariable other_home("HOME", "/home/x");
    EXPECT_EQ(default_log_path(), "/home/x/.local/state/sluice/logs.db");
}

}  // namespace
}  // namespace sluice::store
