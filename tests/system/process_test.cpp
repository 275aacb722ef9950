#include "process.hpp"
#include "gateway.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// `sluice serve` as its own process, before the mock upstream.
class ServeProcess : public testing::Test {
  protected:
    std::filesystem::path config_file(std::string_view more = "") {
        const std::filesystem::path file = folder.path() / "config.json";
        std::ofstream(file) << fmt::format(
            R"({{"providers": {{"openai": {{"keys": [{{"name": "test", "value": "sk-upstream", "weight": 1}}],
  "network_config": {{"base_url": "{}"}}}}}},
  "logs_store": {{"enabled": true, "type": "sqlite", "config": {{"path": "{}"}}}}{}}})",
            upstream.url(), (folder.path() / "logs.db").string(), more);
        return file;
    }

    std::vector<std::string> command(const std::filesystem::path& config, std::string port = "0") {
        return {sluice_program(), "serve",     "--config", config.string(), "--port",
                std::move(port),  "--threads", "1",        "--log-level",   "warn"};
    }

    std::string write(std::string_view text) {
        const std::filesystem::path file = folder.path() / "bad.json";
        std::ofstream(file) << text;
        return file.string();
    }

    TemporaryFolder folder;
    Upstream upstream;
};

bool accepts(std::uint16_t port) {
    try {
        Wire probe(port);
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

TEST_F(ServeProcess, ServesAndEndsOnSigterm) {
    Process sluice(command(config_file()));
    Wire client(sluice.listening_port());
    client.chat(hello);
    EXPECT_EQ(client.receive().status, 200);

    sluice.signal(SIGTERM);
    EXPECT_EQ(sluice.wait(), 0) << sluice.output();
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServeProcess, NamesWhatIsWrongInItsConfiguration) {
    Process sluice(command(write(R"({
  "client": {"max_request_body_size_mb": "many"},
  "provider": {}
})")));

    EXPECT_NE(sluice.wait(), 0);
    EXPECT_THAT(sluice.output(), AllOf(HasSubstr("bad.json:2: client.max_request_body_size_mb: "),
                                       HasSubstr("bad.json:3: "), HasSubstr("provider")));
}

TEST_F(ServeProcess, NamesTheLineOfBrokenJsonAndAMissingFile) {
    Process broken(command(write("{\n  \"client\": {,}\n}")));
    EXPECT_NE(broken.wait(), 0);
    EXPECT_THAT(broken.output(), HasSubstr("bad.json:2"));

    Process absent(command(folder.path() / "absent.json"));
    EXPECT_NE(absent.wait(), 0);
    EXPECT_THAT(absent.output(), HasSubstr("absent.json"));
}

TEST_F(ServeProcess, ChecksAConfigurationAndExits) {
    Process good({sluice_program(), "serve", "--config", config_file().string(), "--validate"});
    EXPECT_EQ(good.wait(), 0) << good.output();
    Process bad({sluice_program(), "serve", "--config", write(R"({"clients": {}})"), "--validate"});
    EXPECT_NE(bad.wait(), 0);
    EXPECT_THAT(bad.output(), AllOf(HasSubstr("clients"), HasSubstr("client")));
}

TEST_F(ServeProcess, NamesAPortThatIsInUse) {
    const std::string taken = std::to_string(upstream.port());
    Process sluice(command(config_file(), taken));

    EXPECT_NE(sluice.wait(), 0);
    EXPECT_THAT(sluice.output(), AllOf(HasSubstr(taken), HasSubstr("in use")));
}

TEST_F(ServeProcess, NamesAPortThatAnotherGatewayHas) {
    const auto config = config_file();
    Process first(command(config));
    const std::string taken = std::to_string(first.listening_port());
    Process second(command(config, taken));

    EXPECT_NE(second.wait(), 0);
    EXPECT_THAT(second.output(), AllOf(HasSubstr(taken), HasSubstr("in use")));
}

TEST_F(ServeProcess, FinishesTheRequestsInFlightOnSigterm) {
    Process sluice(command(config_file()));
    const std::uint16_t port = sluice.listening_port();
    Wire idle(port);
    std::vector<Wire> plain;
    std::vector<Wire> streams;
    for (int client = 0; client < 40; ++client) {
        plain.emplace_back(port);
        plain.back().chat(
            R"({"model":"openai/gpt-test?gate=end","messages":[{"role":"user","content":"hi"}]})");
        streams.emplace_back(port);
        streams.back().chat(
            R"({"model":"openai/gpt-test?gate=end","stream":true,"messages":[{"role":"user","content":"hi"}]})");
    }
    for (Wire& stream : streams) stream.receive_until("\n\n");
    upstream.wait_for("requests", 80);

    sluice.signal(SIGTERM);
    EXPECT_TRUE(idle.is_closed());
    while (accepts(port)) {
    }
    upstream.open("end");

    for (Wire& client : plain) EXPECT_EQ(client.receive().status, 200);
    for (Wire& stream : streams)
        EXPECT_THAT(stream.receive_all(), HasSubstr("[DONE]\n\n\r\n0\r\n\r\n"));
    EXPECT_EQ(sluice.wait(), 0) << sluice.output();
    EXPECT_EQ(upstream.counter("closed_early"), 0U);
}

TEST_F(ServeProcess, CancelsWhatDoesNotFinishInTime) {
    Process sluice(command(config_file(R"(, "server": {"shutdown_timeout_ms": 100})")));
    Wire client(sluice.listening_port());
    client.chat(
        R"({"model":"openai/gpt-test?silent","messages":[{"role":"user","content":"hi"}]})");
    upstream.wait_for("requests", 1);

    sluice.signal(SIGTERM);

    EXPECT_EQ(sluice.wait(), 0) << sluice.output();
    upstream.wait_for("closed_early", 1);
}

TEST_F(ServeProcess, StartsAgainWithItsLogAfterBeingKilledUnderLoad) {
    const auto config = config_file();
    auto sluice = std::make_unique<Process>(command(config));
    const std::uint16_t port = sluice->listening_port();
    {
        Wire client(port);
        for (int request = 0; request < 100; ++request) {
            client.chat(hello);
            EXPECT_EQ(client.receive().status, 200);
        }
        // What the log has shown is on disk; a crash may lose what came later.
        do client.get("/api/logs?limit=1");
        while (client.receive().body.find(R"("total_count":100)") == std::string::npos);
    }
    std::vector<Wire> clients;
    for (int client = 0; client < 50; ++client) {
        clients.emplace_back(port);
        clients.back().chat(
            client % 2 == 0
                ? R"({"model":"openai/gpt-test?gate=never","stream":true,"messages":[{"role":"user","content":"hi"}]})"
                : hello);
    }
    upstream.wait_for("requests", 150);
    sluice->signal(SIGKILL);
    EXPECT_EQ(sluice->wait(), 128 + SIGKILL);

    sluice = std::make_unique<Process>(command(config, std::to_string(port)));
    Wire client(sluice->listening_port());
    client.get("/api/logs?limit=1");
    const std::string logs = client.receive().body;
    const std::string mark = "\"total_count\":";
    EXPECT_GE(std::stoi(logs.substr(logs.find(mark) + mark.size())), 100) << logs;
    client.chat(hello);
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_EQ(sluice->listening_port(), port);
}

}  // namespace
}  // namespace sluice::tests
