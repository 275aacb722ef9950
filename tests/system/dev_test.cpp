#include "gateway.hpp"
#include "process.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;

namespace fs = std::filesystem;

constexpr std::string_view hello_import =
    R"((import "env" "console.log" (func $log (param i32)))
       (data (i32.const 32768) "\04\00\00\00h\00i\00"))";

/// A project whose source is a text that the build copies, and a gateway to bring it to.
class Dev : public testing::Test {
  protected:
    Dev() {
        fs::create_directory(project());
        std::ofstream(project() / "Makefile") << "plugin.wasm: plugin.wat\n\tcp plugin.wat $@\n";
        write_version("one");
    }

    fs::path project() const { return folder.path() / "tier"; }
    /// A plug-in that prints "hi" and writes its version into answers.
    void write_version(const std::string& version) const {
        const std::string answer = fmt::format(
            R"({{"context":{{}},"response":{{"chat_response":{{"service_tier":"{}"}}}}}})",
            version);
        WatGuest("next")
            .with(hello_import)
            .runs("http_post_hook", "(call $log (i32.const 32772)) (i64.const 0)")
            .answers("post_hook", answer)
            .in(folder);
        replace_source(folder.path() / "next.wat");
    }
    void replace_source(const fs::path& file) const {
        fs::rename(file, project() / "plugin.wat");
        // Two versions may be written within one tick of the file system's clock, and be as long.
        static int writes = 0;
        fs::last_write_time(project() / "plugin.wat",
                            fs::file_time_type::clock::now() + std::chrono::seconds(++writes));
    }
    std::vector<std::string> command(std::vector<std::string> more = {}) const {
        std::vector<std::string> all{sluice_program(), "dev", project().string(), "--gateway",
                                     fmt::format("http://127.0.0.1:{}", gateway.port())};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    /// Asks the gateway until its answer has `mark`.
    void wait_for(std::string_view mark) const {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(90);
        for (;;) {
            const std::string body = gateway.chat(hello).body;
            if (body.find(mark) != std::string::npos) return;
            if (std::chrono::steady_clock::now() > give_up)
                throw std::runtime_error(fmt::format("no {} in {}", mark, body));
        }
    }

    TemporaryFolder folder;
    Upstream upstream;
    Gateway gateway{config_before(upstream)};
};

TEST_F(Dev, LoadsEachVersionIntoARunningGatewayAndShowsItsLog) {
    Process dev(command());
    wait_for(R"("service_tier":"one")");
    write_version("two");
    wait_for(R"("service_tier":"two")");
    ASSERT_TRUE(dev.wait_for("info    hi")) << dev.output();
    ASSERT_TRUE(dev.wait_for("plugin.wat changed")) << dev.output();
    ASSERT_TRUE(dev.wait_for("as tier\n")) << dev.output();
}

TEST_F(Dev, LeavesTheOldVersionRunningWhenTheNewOneIsBroken) {
    Process dev(command());
    wait_for(R"("service_tier":"one")");
    std::ofstream(folder.path() / "broken.wat") << "(module (oops))";
    replace_source(folder.path() / "broken.wat");
    ASSERT_TRUE(dev.wait_for("oops")) << dev.output();
    ASSERT_TRUE(dev.wait_for("goes on with the version before")) << dev.output();
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr(R"("service_tier":"one")"));
    write_version("two");
    wait_for(R"("service_tier":"two")");
}

TEST_F(Dev, BringsOnceAndTellsOfFailureByItsStatus) {
    Process once(command({"--once", "--name", "other"}));
    EXPECT_EQ(once.wait(), 0) << once.output();
    EXPECT_THAT(gateway.plugin_report("other"), HasSubstr(R"("status":"active")"));

    Process failing(command({"--once", "--build", "exit 3"}));
    EXPECT_EQ(failing.wait(), 1);
    EXPECT_THAT(failing.output(), HasSubstr("`exit 3` failed with status 3"));
}

TEST_F(Dev, SaysThatNoGatewayAnswers) {
    Process dev(
        {sluice_program(), "dev", project().string(), "--once", "--gateway", "http://127.0.0.1:1"});
    EXPECT_EQ(dev.wait(), 1);
    EXPECT_THAT(dev.output(), HasSubstr("127.0.0.1"));
}

TEST_F(Dev, SaysWhyAPlugInFailedItsTrialAndLoadsItUntriedWhenAskedTo) {
    std::ofstream(folder.path() / "trap.wat") << fmt::format(
        R"((module {} (memory (export "memory") 2)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "post_hook") (param i32 i32) (result i64)
    (call $log (i32.const 32772)) (unreachable))))",
        hello_import);
    replace_source(folder.path() / "trap.wat");
    Process tried(command({"--once"}));
    EXPECT_EQ(tried.wait(), 1);
    EXPECT_THAT(tried.output(), AllOf(HasSubstr(": hi\n"), HasSubstr("`post_hook`"),
                                      HasSubstr("unreachable"), HasSubstr("--load-untried")));
    EXPECT_EQ(gateway.get("/api/plugins/tier").status, 404);

    Process untried(command({"--once", "--load-untried"}));
    EXPECT_EQ(untried.wait(), 0) << untried.output();
    EXPECT_EQ(gateway.get("/api/plugins/tier").status, 200);
}

TEST_F(Dev, LoadsWhatWasBuiltBeforeTheGatewayCame) {
    const TemporaryFolder other;
    // A port that nobody listens on until the gateway takes it.
    const std::uint16_t port = [] {
        const Upstream passing;
        return passing.port();
    }();
    Process dev({sluice_program(), "dev", project().string(), "--gateway",
                 fmt::format("http://127.0.0.1:{}", port)});
    ASSERT_TRUE(dev.wait_for("when the gateway answers")) << dev.output();
    store::Config config = config_before(upstream);
    config.server.port = port;
    const Gateway late(std::move(config));
    ASSERT_TRUE(dev.wait_for("as tier\n")) << dev.output();
    EXPECT_THAT(late.chat(hello).body, HasSubstr(R"("service_tier":"one")"));
}

TEST_F(Dev, RefusesANameThatNoAddressCanHold) {
    Process dev(command({"--once", "--name", "a b"}));
    EXPECT_EQ(dev.wait(), 1);
    EXPECT_THAT(dev.output(), HasSubstr(R"("a b" cannot be a plug-in's name here)"));
}

TEST_F(Dev, RefusesAConfigurationThatIsNoObject) {
    Process dev(command({"--once", "--config-json", "[]"}));
    EXPECT_EQ(dev.wait(), 1);
    EXPECT_THAT(dev.output(), HasSubstr("--config-json:1: must be an object"));
}

TEST_F(Dev, LinesAreServedByNumber) {
    Process once(command({"--once"}));
    ASSERT_EQ(once.wait(), 0) << once.output();
    gateway.chat(hello);
    gateway.chat(hello);
    const std::string all = gateway.get("/api/plugins/tier/logs").body;
    EXPECT_THAT(all, AllOf(HasSubstr(R"("number":1,)"), HasSubstr(R"("number":2,)"),
                           HasSubstr(R"("level":"info","text":"hi")")));
    EXPECT_EQ(gateway.get("/api/plugins/tier/logs?after=2").body, R"({"lines":[],"last":2})");
    EXPECT_EQ(gateway.get("/api/plugins/tier/logs?after=x").status, 400);
    EXPECT_EQ(gateway.get("/api/plugins/unknown/logs").status, 404);
}

}  // namespace
}  // namespace sluice::tests
