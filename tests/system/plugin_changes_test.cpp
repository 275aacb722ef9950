#include "gateway.hpp"
#include "steady_client.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <memory>
#include <vector>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

/// A gateway on a configuration file with one plug-in, "tier", which notes its version in answers.
class PluginChanges : public testing::Test {
  protected:
    PluginChanges() {
        make_version("one");
        make_version("two");
    }

    /// A module that writes its version into every answer.
    void make_version(const std::string& version) const {
        const std::string answer = fmt::format(
            R"({{"context":{{}},"response":{{"chat_response":{{"service_tier":"{}"}}}}}})",
            version);
        WatGuest(version).answers("post_hook", answer).in(folder);
    }
    std::string file(const std::string& version) const {
        return (folder.path() / (version + ".wat")).string();
    }
    fs::path config_file() const { return folder.path() / "config.json"; }

    /// `plugins` is the list as the file has it.
    Gateway gateway(const std::string& plugins, unsigned threads = 1) const {
        std::ofstream(config_file()) << fmt::format(
            R"({{
  "server": {{"port": 0, "threads": {}}},
  "providers": {{"openai": {{"keys": [{{"name": "k", "value": "sk-upstream"}}],
    "network_config": {{"base_url": "{}"}}}}}},
  "logs_store": {{"enabled": false}},
  "plugins": {}
}}
)",
            threads, upstream.url(), plugins);
        return Gateway(store::load_config(config_file()), config_file());
    }
    Gateway with_version_one(unsigned threads = 1) const {
        return gateway(R"([{"name": "tier", "path": "one.wat"}])", threads);
    }
    std::string text_of_file() const { return read_file(config_file()); }
    std::string list_in_file() const {
        const std::string text = text_of_file();
        return text.substr(text.find("\"plugins\""));
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(PluginChanges, ReplaceAPlugInUnderLoadWithoutAFailedRequest) {
    const Gateway gateway = with_version_one(/*threads=*/2);
    std::vector<std::unique_ptr<SteadyClient>> clients;
    for (int i = 0; i < 4; ++i)
        clients.push_back(std::make_unique<SteadyClient>(gateway, "service_tier"));

    for (int i = 0; i < 20; ++i) {
        const char* const version = i % 2 == 0 ? "two" : "one";
        const Answer changed = gateway.ask("PUT", "/api/plugins/tier",
                                           fmt::format(R"({{"path": "{}"}})", file(version)));
        ASSERT_EQ(changed.status, 200) << changed.body;
        EXPECT_THAT(gateway.chat(hello).body, HasSubstr(version)) << "once the change is answered";
    }
    for (const auto& client : clients) {
        client->stop();
        EXPECT_THAT(client->failures(), testing::IsEmpty());
        EXPECT_GT(client->answers(), 0);
    }
}

TEST_F(PluginChanges, LetARequestInFlightEndWithThePlugInThatItBeganWith) {
    const Gateway gateway = with_version_one();
    Wire waiting = gateway.connect();
    waiting.chat(
        R"({"model":"openai/gpt-test?gate=g","messages":[{"role":"user","content":"hi"}]})");
    upstream.wait_for("requests", 1);

    ASSERT_EQ(gateway.ask("DELETE", "/api/plugins/tier").status, 200);
    EXPECT_THAT(gateway.chat(hello).body, Not(HasSubstr("service_tier")));
    upstream.open("g");

    EXPECT_THAT(waiting.receive().body, HasSubstr(R"("service_tier":"one")"));
}

TEST_F(PluginChanges, LeaveTheOldVersionRunningWhenTheNewOneFails) {
    const Gateway gateway = with_version_one();
    const std::string before = text_of_file();
    const fs::path bad = fs::path(SLUICE_TEST_GUESTS) / "hook_without_malloc.wat";

    const Answer refused =
        gateway.ask("PUT", "/api/plugins/tier", fmt::format(R"({{"path": "{}"}})", bad.string()));

    EXPECT_EQ(refused.status, 422);
    EXPECT_THAT(refused.body, AllOf(HasSubstr("malloc"), HasSubstr("stays as it was before")));
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"one")"));
    EXPECT_THAT(gateway.plugin_report("tier"),
                AllOf(HasSubstr(R"("status":"active")"), HasSubstr("a change was refused"),
                      HasSubstr("one.wat")));
    EXPECT_EQ(text_of_file(), before);
}

TEST_F(PluginChanges, LoadTheSameFileAnew) {
    const Gateway gateway = with_version_one();
    fs::copy_file(file("two"), file("one"), fs::copy_options::overwrite_existing);
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"one")"));

    EXPECT_EQ(gateway.ask("PUT", "/api/plugins/tier", "{}").status, 200);

    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"two")"));
}

TEST_F(PluginChanges, AreWrittenToTheFileAndToNothingElseInIt) {
    const Gateway gateway = with_version_one();
    const std::string before = text_of_file();
    const std::string head = before.substr(0, before.find("\"plugins\""));

    const Answer added =
        gateway.ask("POST", "/api/plugins", R"({"name": "more", "path": "two.wat", "order": -1})");
    EXPECT_EQ(added.status, 201);
    EXPECT_THAT(added.body, AllOf(HasSubstr("Plugin created successfully"),
                                  HasSubstr(R"("saved":true)"), HasSubstr(R"("name":"more")")));
    EXPECT_EQ(text_of_file(), head + R"("plugins": [
    {"name": "tier", "path": "one.wat"},
    {"name": "more", "path": "two.wat", "order": -1}
  ]
}
)");
    EXPECT_EQ(gateway.ask("PUT", "/api/plugins/more", R"({"order": null})").status, 200);
    EXPECT_EQ(gateway.ask("DELETE", "/api/plugins/tier").status, 200);
    EXPECT_EQ(text_of_file(), head + R"("plugins": [
    {"name": "more", "path": "two.wat"}
  ]
}
)");
    const Gateway next(store::load_config(config_file()), config_file());
    EXPECT_THAT(next.chat(hello).body, HasSubstr(R"("service_tier":"two")"));
}

TEST_F(PluginChanges, DisableEnableAndReorder) {
    const Gateway gateway = this->gateway(
        R"([{"name": "a", "path": "one.wat", "order": 1}, {"name": "b", "path": "two.wat", "order": 2}])");
    // Hooks behind the provider run in reverse: the first one has the last word.
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"one")"));

    EXPECT_EQ(gateway.ask("PUT", "/api/plugins/a", R"({"order": 3})").status, 200);
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"two")"));

    EXPECT_EQ(gateway.ask("PUT", "/api/plugins/b", R"({"enabled": false})").status, 200);
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"one")"));
    EXPECT_THAT(gateway.plugin_report("b"), HasSubstr(R"("status":"disabled")"));

    EXPECT_EQ(gateway.ask("PUT", "/api/plugins/b", R"({"enabled": true})").status, 200);
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"two")"));
    EXPECT_THAT(list_in_file(), HasSubstr(R"({"name": "a", "path": "one.wat", "order": 3})"));
}

TEST_F(PluginChanges, AreRefusedWithAReason) {
    const Gateway gateway = with_version_one();
    const std::string before = text_of_file();
    const auto expect = [&](int status, std::string_view method, std::string_view target,
                            std::string_view body, const char* words) {
        const Answer answer = gateway.ask(method, target, body);
        EXPECT_EQ(answer.status, status) << method << ' ' << target << ' ' << body;
        EXPECT_THAT(answer.body, HasSubstr(words));
    };
    expect(409, "POST", "/api/plugins", R"({"name": "tier", "path": "two.wat"})", "already exists");
    expect(400, "POST", "/api/plugins", R"({"path": "two.wat"})", "name");
    expect(400, "POST", "/api/plugins", R"({"name": "x", "path": "two.wat", "limits": {"cpu": 1}})",
           "the request:1: limits.cpu: unknown key");
    expect(400, "PUT", "/api/plugins/tier", R"({"name": "other"})", "cannot be renamed");
    expect(400, "PUT", "/api/plugins/tier", "{", "not valid JSON");
    expect(400, "PUT", "/api/plugins/tier", "", "not valid JSON");
    expect(404, "DELETE", "/api/plugins/unknown", "", "Plugin not found: unknown");
    expect(422, "POST", "/api/plugins", R"({"name": "x", "path": "missing.wasm"})", "missing.wasm");
    expect(405, "PUT", "/api/plugins", "{}", "GET, HEAD, POST");
    EXPECT_EQ(text_of_file(), before);

    Wire page = gateway.connect();  // what a web page can make a browser send
    page.send("\nDELETE /api/plugins/tier HTTP/1.1\nHost: h\nContent-Type: text/plain\n\n");
    EXPECT_EQ(page.receive().status, 200);
    page.send(
        "\nPOST /api/plugins HTTP/1.1\nHost: h\nContent-Type: text/plain\n"
        "Content-Length: 2\n\n{}");
    EXPECT_EQ(page.receive().status, 415);
}

TEST_F(PluginChanges, AreRefusedWhereOthersCouldAskForThem) {
    store::Config config = config_before(upstream);
    config.server.host = "0.0.0.0";
    EXPECT_EQ(Gateway(config).ask("POST", "/api/plugins", "{}").status, 403);
    config.server.plugin_changes = store::PluginChanges::allow;
    EXPECT_EQ(Gateway(config).ask("POST", "/api/plugins", "{}").status, 400);
    config.server.host = "127.0.0.1";
    config.server.plugin_changes = store::PluginChanges::refuse;
    EXPECT_EQ(Gateway(config).ask("POST", "/api/plugins", "{}").status, 403);
}

TEST_F(PluginChanges, DoNotUndoWhatSomebodyWroteIntoTheFile) {
    const Gateway gateway = with_version_one();
    std::string text = text_of_file();
    text.replace(text.find("\"tier\""), 6, "\"mine\"");
    std::ofstream(config_file()) << text;

    const Answer refused = gateway.ask("PUT", "/api/plugins/tier", R"({"order": 3})");

    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body, HasSubstr("restart the gateway"));
    EXPECT_EQ(text_of_file(), text);
}

TEST_F(PluginChanges, LastAsLongAsTheProcessWhereThereIsNoFile) {
    const Gateway gateway(config_before(upstream));

    const Answer added =
        gateway.ask("PUT", "/api/plugins/tier", fmt::format(R"({{"path": "{}"}})", file("one")));

    EXPECT_EQ(added.status, 201);
    EXPECT_THAT(added.body, HasSubstr(R"("saved":false)"));
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"one")"));
}

TEST_F(PluginChanges, KeepSecretsThatTheApiDoesNotShow) {
    const Gateway gateway = this->gateway(
        R"([{"name": "tier", "path": "one.wat", "config": {"api_key": "sk-plugin"}}])");
    EXPECT_THAT(gateway.plugin_report("tier"), HasSubstr(R"("api_key":"<redacted>")"));

    EXPECT_EQ(
        gateway
            .ask("PUT", "/api/plugins/tier", R"({"config": {"api_key": "<redacted>", "limit": 3}})")
            .status,
        200);

    EXPECT_THAT(list_in_file(), HasSubstr(R"("config": {"api_key": "sk-plugin", "limit": 3})"));
}

}  // namespace
}  // namespace sluice::tests
