#include "gateway.hpp"
#include "process.hpp"
#include "store/recordings.hpp"
#include "wat_guest.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <vector>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view be_brief =
    R"({"context":{},"request":{"input":[{"role":"system","content":"Be brief."}]}})";
constexpr std::string_view gold =
    R"({"context":{},"response":{"chat_response":{"service_tier":"gold"}}})";

/// A gateway that records, and `sluice replay` over what it has recorded.
class Replay : public testing::Test {
  protected:
    store::Config recording() const {
        store::Config config = config_before(upstream);
        config.logs_store.record_bodies = true;
        return config;
    }
    struct Ended {
        int status = 0;
        std::string output{};
    };
    Ended replay(Gateway& gateway, const WatGuest& guest,
                 const std::vector<std::string>& more = {}) const {
        gateway.log().flush();
        std::vector<std::string> command{sluice_program(), "replay",
                                         "--log",          gateway.log_file().string(),
                                         "--plugin",       guest.in(folder).path.string()};
        command.insert(command.end(), more.begin(), more.end());
        Process process(std::move(command));
        const int status = process.wait();
        return {status, process.output()};
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(Replay, ShowsWhatAPlugInWouldHaveChanged) {
    Gateway gateway(recording());
    gateway.chat(hello);
    gateway.logs_once_there_are(1);
    const Ended ended =
        replay(gateway, WatGuest("new").answers("pre_hook", be_brief).answers("post_hook", gold));
    EXPECT_EQ(ended.status, 0) << ended.output;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("new, generation C: 1 requests, 1 of them touched"),
                      HasSubstr("openai/gpt-test"), HasSubstr("pre_hook changed"),
                      HasSubstr(R"(input[0].content: "Hello" → "Be brief.")"),
                      HasSubstr("post_hook changed"),
                      HasSubstr(R"(response.service_tier: nothing → "gold")"), HasSubstr(" µs")));
}

TEST_F(Replay, LeavesAloneWhatAPlugInHasNoOpinionOn) {
    Gateway gateway(recording());
    gateway.chat(hello);
    gateway.chat(hello_stream);
    gateway.logs_once_there_are(2);
    const Ended ended = replay(gateway,
                               WatGuest("silent")
                                   .runs("http_pre_hook", "(i64.const 0)")
                                   .runs("pre_hook", "(i64.const 0)")
                                   .runs("post_hook", "(i64.const 0)")
                                   .runs("http_post_hook", "(i64.const 0)")
                                   .runs("http_stream_chunk_hook", "(i64.const 0)"),
                               {"--json"});
    EXPECT_EQ(ended.status, 0) << ended.output;
    EXPECT_THAT(
        ended.output,
        AllOf(HasSubstr(R"("requests":2,"touched":0,"too_large":0,"refused":0,"without_answer":0)"),
              HasSubstr(R"("hook":"http_pre_hook","calls":2,"unchanged":2,"changed":0)"),
              HasSubstr(R"("hook":"pre_hook","calls":2,"unchanged":2)"),
              HasSubstr(R"("hook":"http_post_hook","calls":1,"unchanged":1)"),
              HasSubstr(R"("shown":[])")));
}

TEST_F(Replay, RunsChunkHooksOverTheStreamAsTheProviderSentIt) {
    store::Config config = recording();
    // The gateway's own plug-in drops what it is shown: the recording has it all the same.
    config.plugins = {WatGuest("eater")
                          .answers("http_stream_chunk_hook", R"({"context":{},"skip":true})")
                          .in(folder)};
    Gateway gateway(std::move(config));
    EXPECT_THAT(gateway.chat(hello_stream).body, Not(HasSubstr("chat.completion.chunk")));
    gateway.logs_once_there_are(1);
    const WatGuest marks = WatGuest("marks").answers(
        "http_stream_chunk_hook", R"({"context":{},"chunk":{"marked":1},"has_chunk":true})");
    const Ended ended = replay(gateway, marks);
    EXPECT_EQ(ended.status, 0) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("http_stream_chunk_hook changed"),
                                    HasSubstr("marked: nothing → 1")));

    // Relayed without a hook that looks, the recording is the same bytes.
    Gateway relaying(recording());
    const std::string sent = relaying.chat(hello_stream).body;
    relaying.logs_once_there_are(1);
    relaying.log().flush();
    store::RecordingReader reader(relaying.log_file(), {});
    const auto recorded = reader.next();
    ASSERT_TRUE(recorded);
    EXPECT_EQ(recorded->bodies.answer, sent);
    EXPECT_TRUE(recorded->bodies.answer_is_stream);
}

TEST_F(Replay, RecordsWhatTheClientSentAndTheProviderSaid) {
    store::Config config = recording();
    config.plugins = {
        WatGuest("busy").answers("pre_hook", be_brief).answers("post_hook", gold).in(folder)};
    Gateway gateway(std::move(config));
    EXPECT_THAT(gateway.chat(hello).body, HasSubstr("gold"));
    gateway.logs_once_there_are(1);
    gateway.log().flush();
    store::RecordingReader reader(gateway.log_file(), {});
    const auto recorded = reader.next();
    ASSERT_TRUE(recorded);
    EXPECT_EQ(recorded->bodies.request, hello);
    EXPECT_EQ(recorded->bodies.answer_status, 200);
    EXPECT_THAT(recorded->bodies.answer,
                AllOf(HasSubstr("Hello from the mock upstream."), Not(HasSubstr("gold"))));
}

TEST_F(Replay, RecordsNothingUnlessItIsAskedTo) {
    Gateway gateway(config_before(upstream));
    gateway.chat(hello);
    gateway.logs_once_there_are(1);
    const Ended ended = replay(gateway, WatGuest("new").answers("pre_hook", be_brief));
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.output, AllOf(HasSubstr("holds no bodies of requests"),
                                    HasSubstr("set logs_store.record_bodies to true")));
}

TEST_F(Replay, StoresNoHeader) {
    Gateway gateway(recording());
    Wire client = gateway.connect();
    client.send(
        "\nPOST /v1/chat/completions HTTP/1.1\nHost: h\nAuthorization: Bearer sk-of-the-client\n"
        "Content-Length: #\n\n" +
        std::string(hello));
    client.receive();
    gateway.logs_once_there_are(1);
    gateway.log().flush();
    std::string bytes = read_file(gateway.log_file());
    bytes += read_file(gateway.log_file().string() + "-wal");
    EXPECT_THAT(bytes, HasSubstr(hello));
    EXPECT_THAT(bytes, Not(HasSubstr("sk-of-the-client")));
    EXPECT_THAT(bytes, Not(HasSubstr("sk-upstream")));
}

TEST_F(Replay, LeavesOutBodiesThatAreTooLarge) {
    store::Config config = recording();
    config.logs_store.record_bytes = hello.size();
    Gateway gateway(std::move(config));
    gateway.chat(hello);         // the answer is larger
    gateway.chat(hello_stream);  // and so is this request
    gateway.logs_once_there_are(2);
    const Ended ended = replay(gateway, WatGuest("new").answers("pre_hook", be_brief), {"--json"});
    EXPECT_EQ(ended.status, 0) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr(R"("requests":1,)"), HasSubstr(R"("too_large":1,)"),
                                    HasSubstr(R"("answer_too_large":1,)")));
}

TEST_F(Replay, TellsWhichRequestsAPlugInWouldHaveAnswered) {
    Gateway gateway(recording());
    gateway.chat(hello);
    gateway.logs_once_there_are(1);
    const Ended ended = replay(
        gateway, WatGuest("doorman").answers(
                     "http_pre_hook",
                     R"({"context":{},"request":null,"response":{"status_code":403,"headers":{},)"
                     R"("body":"Tm90IHRvZGF5Lg=="},"has_response":true,"error":""})"));
    EXPECT_EQ(ended.status, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("http_pre_hook answered with status 403: Not today."));
}

TEST_F(Replay, EndsWithStatus1WhenAHookFailed) {
    Gateway gateway(recording());
    gateway.chat(hello);
    gateway.chat(hello);
    gateway.logs_once_there_are(2);
    const Ended ended =
        replay(gateway, WatGuest("broken").runs("pre_hook", "(unreachable)"), {"--show", "1"});
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.output, AllOf(HasSubstr("pre_hook failed"), HasSubstr("unreachable"),
                                    HasSubstr("and 1 more"), HasSubstr("2 calls of its hooks")));
}

TEST_F(Replay, RunsHooksOnAProvidersErrorToo) {
    Gateway gateway(recording());
    gateway.chat(
        R"({"model":"openai/gpt-test?status=429","messages":[{"role":"user","content":"hi"}]})");
    gateway.logs_once_there_are(1);
    const Ended ended = replay(
        gateway, WatGuest("new").answers(
                     "post_hook",
                     R"({"context":{},"response":{"chat_response":{"id":"kept"}},"error":{}})"));
    EXPECT_EQ(ended.status, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("status: 429 → 200"));
}

TEST_F(Replay, TakesTheRequestsThatTheFiltersLeave) {
    Gateway gateway(recording());
    gateway.chat(hello);
    gateway.chat(R"({"model":"mock/echo","messages":[{"role":"user","content":"hi"}]})");
    gateway.chat(R"({"model":"mock/echo","messages":[{"role":"user","content":"ho"}]})");
    gateway.logs_once_there_are(3);
    const WatGuest guest = WatGuest("new").answers("pre_hook", be_brief);
    EXPECT_THAT(replay(gateway, guest, {"--json", "--model", "echo"}).output,
                HasSubstr(R"("requests":2,)"));
    EXPECT_THAT(replay(gateway, guest, {"--json", "--limit", "1", "--since", "1h"}).output,
                AllOf(HasSubstr(R"("requests":1,)"), HasSubstr(R"("before":"ho")")));
    const Ended none = replay(gateway, guest, {"--since", "2099-01-01T00:00:00Z"});
    EXPECT_EQ(none.status, 1);
    EXPECT_THAT(none.output, HasSubstr("no recorded request that --model and --since"));
    const Ended wrong = replay(gateway, guest, {"--since", "yesterday"});
    EXPECT_EQ(wrong.status, 2);
    EXPECT_THAT(wrong.output, HasSubstr("how long ago, like 90m, 24h or 7d; not yesterday"));
}

TEST_F(Replay, RefusesWhatTheGatewayWouldRefuse) {
    Gateway gateway(recording());
    gateway.chat(hello);
    gateway.logs_once_there_are(1);
    const Ended ended = replay(gateway, WatGuest("odd").runs("init", "(i64.const 0)"));
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.output, AllOf(HasSubstr("sluice: error: "),
                                    HasSubstr("plug-in odd: it exports none of the hooks")));
}

}  // namespace
}  // namespace sluice::tests
