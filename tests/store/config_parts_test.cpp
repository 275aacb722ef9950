#include "store/config.hpp"

#include "config_reading.hpp"

namespace sluice::store {
namespace {

using testing::HasSubstr;

TEST(ConfigOfPlugIns, ResolvesVariablesInAPlugInsConfigButShowsTheirNames) {
    const tests::EnvironmentVariable token("SLUICE_TEST_TOKEN", "t\"k");
    const Config config = read_config("config.json", R"({"plugins": [{"name": "a",
        "path": "a.wasm", "config": {"url": "env.SLUICE_TEST_TOKEN", "n": 1e2}}]})");
    EXPECT_EQ(config.plugins[0].config_json, R"({"url": "t\"k", "n": 1e2})");
    EXPECT_EQ(config.plugins[0].shown_config_json, R"({"url": "env.SLUICE_TEST_TOKEN", "n": 1e2})");
}

TEST(ConfigOfProviders, NeverShowsAKey) {
    const auto said = [](std::string_view keys) {
        return tests::refusal(R"({"providers": {"openai": {"keys": )" + std::string(keys) + "}}}");
    };
    EXPECT_EQ(said(R"([{"name": "k", "value": 12345}])"),
              "config.json:1: providers.openai.keys[0].value: must be a text");
    for (const char* keys : {R"("sk-secret")", R"(["sk-secret"])", R"({"value": "sk-secret"})",
                             R"([{"name": "k", "value": ["sk-secret"]}])",
                             R"([{"name": "k", "valeu": "sk-secret"}])"}) {
        EXPECT_NE(said(keys), "");
        EXPECT_THAT(said(keys), testing::Not(HasSubstr("sk-secret")));
    }
}

TEST(ConfigOfProviders, WantsAnAddressForEveryProviderItDoesNotKnow) {
    EXPECT_EQ(tests::refusal(R"({"providers": {"groq": {}}})"),
              "config.json:1: providers.groq: needs network_config.base_url; only \"openai\" and "
              "\"mock\" have an address of their own");
    EXPECT_EQ(tests::refusal(R"({"providers": {"openai": {}}})"),
              "config.json:1: providers.openai: needs \"keys\"");
    EXPECT_EQ(tests::refusal(
                  R"({"providers": {"openai": {"network_config": {"base_url": "http://h"}}}})"),
              "");
    EXPECT_THAT(
        tests::refusal(R"({"providers": {"a/b": {"network_config": {"base_url": "http://h"}}}})"),
        HasSubstr("a provider's name consists of"));
    EXPECT_EQ(tests::refusal(R"({"providers": {"mock": {"keys": []}}})"),
              "config.json:1: providers.mock.keys: means nothing to the mock provider");
}

TEST(ConfigOfProviders, RefusesAddressesThatItCannotUse) {
    for (const char* url :
         {"host", "ftp://host", "https://", "https:///v1", "https://:80", "https://user@host",
          "https://host?a=b", "https://host#f", "http://a b", "http://a\\r\\nX: y"})
        EXPECT_EQ(tests::refusal(R"({"providers": {"p": {"network_config": {"base_url": ")" +
                                 std::string(url) + "\"}}}}"),
                  "config.json:1: providers.p.network_config.base_url: must be like "
                  "\"https://host/v1\", without user, query or fragment")
            << url;
}

TEST(ConfigOfProviders, RefusesHeadersThatWouldForgeARequest) {
    for (const char* header :
         {R"("X A": "b")", R"("": "b")", R"("X-A": "b\r\nHost: c")", R"("X:A": "b")"})
        EXPECT_THAT(
            tests::refusal(R"({"providers": {"p": {"network_config": {"base_url": "http://h",)"
                           R"("extra_headers": {)" +
                           std::string(header) + "}}}}}"),
            HasSubstr("is no header that HTTP allows"))
            << header;
}

TEST(ConfigOfPlugIns, PutsPlugInsInTheirOrderOfExecution) {
    const Config config = read_config("config.json", R"({"plugins": [
        {"name": "c", "path": "w"}, {"name": "e", "path": "w", "order": 7},
        {"name": "d", "path": "w"}, {"name": "b", "path": "w", "placement": "pre_builtin"},
        {"name": "a", "path": "w", "placement": "pre_builtin", "order": -1}]})");
    std::string order;
    for (const PluginConfig& plugin : config.plugins) order += plugin.name;
    EXPECT_EQ(order, "abcde");
}

TEST(ConfigOfPlugIns, PutsTheGroupOfTheBuiltInsInTheMiddle) {
    const Config config = read_config("config.json", R"({"plugins": [
        {"name": "c", "path": "w"}, {"name": "b", "path": "w", "placement": "builtin"},
        {"name": "a", "path": "w", "placement": "pre_builtin", "order": 9}]})");
    std::string order;
    for (const PluginConfig& plugin : config.plugins) order += plugin.name;
    EXPECT_EQ(order, "abc");
}

TEST(ConfigOfPlugIns, ReadsWhichRequestsAndHooksAPlugInIsFor) {
    const Config config = read_config("config.json", R"({"plugins": [{"name": "a", "path": "w",
        "hooks": ["pre_hook"], "on_error": "fail", "see_credentials": true, "window": 200,
        "match": {"models": ["gpt-*"], "providers": ["openai"], "routes": ["/v1/*"]},
        "limits": {"cpu_ms": 7, "init_timeout_ms": 8, "output_mb": 2, "waiting_calls": 3,
                   "log_lines_per_second": 4}},
        {"name": "b", "path": "w", "on_error": "continue"}, {"name": "c", "path": "w"}]})");
    const PluginConfig& plugin = config.plugins[0];
    EXPECT_EQ(plugin.hooks, std::vector<std::string>{"pre_hook"});
    EXPECT_EQ(plugin.on_error, OnError::fail);
    EXPECT_TRUE(plugin.see_credentials);
    EXPECT_EQ(plugin.window, 200U);
    EXPECT_EQ(config.plugins[1].window, 0U);
    EXPECT_EQ(plugin.match,
              (PluginMatch{.models = {"gpt-*"}, .providers = {"openai"}, .routes = {"/v1/*"}}));
    EXPECT_EQ(plugin.limits.cpu.count(), 7);
    EXPECT_EQ(plugin.limits.init_timeout.count(), 8);
    EXPECT_EQ(plugin.limits.output_bytes, 2U << 20);
    EXPECT_EQ(plugin.limits.waiting_calls, 3U);
    EXPECT_EQ(plugin.limits.log_lines_per_second, 4U);
    EXPECT_EQ(config.plugins[1].on_error, OnError::carry_on);
    EXPECT_EQ(config.plugins[2].on_error, OnError::as_phase);
    EXPECT_EQ(config.plugins[2].hooks, std::nullopt);
}

TEST(ConfigOfPlugIns, NamesThePathOfAWrongOption) {
    const auto said = [](std::string_view option) {
        return tests::refusal(R"({"plugins": [{"name": "a", "path": "w", )" + std::string(option) +
                              "}]}");
    };
    EXPECT_EQ(said(R"("hooks": ["pre"])"),
              "config.json:1: plugins[0].hooks: \"pre\" is no hook; there are http_pre_hook, "
              "pre_hook, http_stream_chunk_hook, post_hook, http_post_hook");
    EXPECT_THAT(said(R"("on_error": "stop")"), HasSubstr("plugins[0].on_error: must be "));
    EXPECT_THAT(said(R"("match": {"model": ["a"]})"),
                HasSubstr("plugins[0].match.model: unknown key"));
    EXPECT_EQ(
        said(R"("match": {"models": [""]})"),
        "config.json:1: plugins[0].match.models: must not hold an empty pattern: it would fit "
        "nothing");
    EXPECT_EQ(said(R"("match": {"virtual_keys": ["a"]})"),
              "config.json:1: plugins[0].match.virtual_keys: is not supported yet");
    for (const char* paths : {R"("allowed_paths": {"ro:": "b"})", R"("allowed_paths": {"a": ""})"})
        EXPECT_EQ(said(paths),
                  "config.json:1: plugins[0].allowed_paths: must name a folder and what the "
                  "plug-in calls it: {\"ro:/srv/words\": \"/words\"}");
    EXPECT_THAT(said(R"("allowed_paths": ["a"])"),
                testing::StartsWith("config.json:1: plugins[0].allowed_paths: must be "));
    EXPECT_EQ(said(R"("permissions": {"llm": 1})"),
              "config.json:1: plugins[0].permissions.llm: must be true or false, not 1");
}

TEST(ConfigOfPlugIns, ReadsWhatAPlugInMayAskOfItsHost) {
    const Config config = read_config("config.json", R"({"plugins": [{"name": "a", "path": "w",
        "allowed_hosts": ["*.example.com"], "permissions": {"clock": false, "llm": true},
        "limits": {"variable_bytes": 5, "http_calls": 6, "http_response_kb": 7, "llm_calls": 8}},
        {"name": "b", "path": "w"}]})");
    const PluginConfig& plugin = config.plugins[0];
    EXPECT_EQ(plugin.allowed_hosts, std::vector<std::string>{"*.example.com"});
    EXPECT_EQ(plugin.permissions, (PluginPermissions{.clock = false, .llm = true}));
    EXPECT_EQ(plugin.limits.variable_bytes, 5U);
    EXPECT_EQ(plugin.limits.http_calls, 6U);
    EXPECT_EQ(plugin.limits.http_response_bytes, 7U << 10);
    EXPECT_EQ(plugin.limits.llm_calls, 8U);
    EXPECT_TRUE(config.plugins[1].allowed_hosts.empty());
    EXPECT_EQ(config.plugins[1].permissions, PluginPermissions());
}

TEST(ConfigOfPlugIns, TakesRelativeFoldersFromTheFilesOwn) {
    const Config config = read_config("/etc/sluice/config.json", R"({"plugins": [
        {"name": "a", "path": "w", "allowed_paths": {"ro:words": "/words", "/var/x": "."}},
        {"name": "b", "path": "w"}]})");
    EXPECT_EQ(config.plugins[0].allowed_paths,
              (std::vector<AllowedPath>{
                  {.host = "/etc/sluice/words", .guest = "/words", .read_only = true},
                  {.host = "/var/x", .guest = "."}}));
    EXPECT_TRUE(config.plugins[1].allowed_paths.empty());
}

TEST(ConfigOfVariables, AreOfTheProcessOrOnRedis) {
    EXPECT_EQ(read_config("config.json", "{}").variables_store.type, "memory");
    const Config config = read_config("config.json", R"({"variables_store":
        {"type": "redis", "url": "redis://:secret@cache:7000/1", "timeout_ms": 20}})");
    EXPECT_EQ(config.variables_store.type, "redis");
    EXPECT_EQ(config.variables_store.url, "redis://:secret@cache:7000/1");
    EXPECT_EQ(config.variables_store.timeout.count(), 20);
    EXPECT_EQ(tests::refusal(R"({"variables_store": {"type": "redis", "url": "cache:secret"}})"),
              "config.json:1: variables_store.url: must be redis://HOST:PORT, with "
              "[USER]:PASSWORD@ before HOST if needed");
    EXPECT_EQ(tests::refusal(R"({"variables_store": {"url": "redis://cache"}})"),
              "config.json:1: variables_store.url: is for the type \"redis\"");
}

TEST(ConfigOfPlugIns, RefusesPlugInsThatItCannotLoad) {
    EXPECT_EQ(tests::refusal(R"({"plugins": [{"name": "a"}]})"),
              "config.json:1: plugins[0]: needs \"path\", the plug-in's .wasm file, or \"url\"");
    EXPECT_EQ(
        tests::refusal(R"({"plugins": [{"name": "telemetry"}]})"),
        "config.json:1: plugins[0].name: the built-in plug-in \"telemetry\" is not supported yet");
    EXPECT_EQ(tests::refusal("{\"plugins\": [{\"name\": \"a\", \"path\": \"w\"},\n"
                             "{\"name\": \"a\", \"path\": \"v\"}]}"),
              "config.json:2: plugins[1].name: \"a\" is another plug-in's name");
    EXPECT_EQ(tests::refusal(R"({"plugins": [{"name": "", "path": "w", "version": 1}]})"),
              "config.json:1: plugins[0].name: must not be empty\n"
              "config.json:1: plugins[0].version: is not supported yet");
    EXPECT_EQ(tests::refusal(R"({"plugins": [{"name": "a", "path": "w", "limits":
                  {"memory_mb": 2, "recycle_mb": 3}}]})"),
              "config.json:2: plugins[0].limits.recycle_mb: must not be above memory_mb");
}

}  // namespace
}  // namespace sluice::store
