#include "gateway/plugin_chain.hpp"
#include "plugin_chain_fixture.hpp"

#include <gmock/gmock.h>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using Fate = RequestHooks::ChunkFate;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view part =
    R"({"id":"c1","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]})";

class StreamChain : public ChainTest {
  protected:
    Fate chunk_hooks() { return run(start().stream_chunk(request_, chunk_)); }
    Fate post_hooks() { return run(start().post_chunk(chunk_)); }

    HttpRequestData request_{.method = "POST", .path = "/v1", .body = "hi"};
    std::string chunk_{part};
};

TEST_F(StreamChain, SendsWhatAHookMakesOfAChunk) {
    add("one",
        {{"http_stream_chunk_hook",
          R"({"chunk":{"id":"c1","choices":[{"index":0,"delta":{"content":"***"}}]},"has_chunk":true,"skip":false,"error":""})"}});
    EXPECT_EQ(chunk_hooks(), Fate::send);
    EXPECT_EQ(
        chunk_,
        R"({"id":"c1","choices":[{"index":0,"delta":{"content":"***"},"finish_reason":null}]})");
}

TEST_F(StreamChain, SendsAnUnchangedChunkByteForByte) {
    for (
        const auto* answer :
        {R"({})", R"({"chunk":null,"has_chunk":false,"skip":false,"error":""})",
         R"({"chunk":null,"has_chunk":true})", R"({"chunk":{"id":"changed"},"has_chunk":false})",
         R"({"chunk":{"choices":[{"delta":{"role":"","content":"Hel"},"index":0}],"id":"c1","object":""},"has_chunk":true})"}) {
        set_ = std::make_shared<PluginSet>();
        add("one", {{"http_stream_chunk_hook", answer}});
        EXPECT_EQ(chunk_hooks(), Fate::send) << answer;
        EXPECT_EQ(chunk_, part);
    }
}

TEST_F(StreamChain, RunsInReverseAndStopsAtTheFirstThatDropsAChunk) {
    add("one", {{"http_stream_chunk_hook", R"({"context":{"one":1}})"}});
    add("two", {{"http_stream_chunk_hook",
                 R"({"context":{"two":1},"chunk":null,"has_chunk":false,"skip":true})"}});
    add("three", {{"http_stream_chunk_hook", R"({"context":{"three":1}})"}});
    EXPECT_EQ(chunk_hooks(), Fate::drop);
    EXPECT_EQ(hooks_->context_json(), R"({"request_id":"r-1","three":1,"two":1})");
}

TEST_F(StreamChain, StopsTheStreamWithThePlugInsError) {
    add("guard",
        {{"http_stream_chunk_hook", R"({"chunk":null,"has_chunk":false,"error":"policy"})"}});
    EXPECT_EQ(chunk_hooks(), Fate::stop);
    EXPECT_EQ(chunk_, "failed to intercept chunk with plugin guard: policy");
}

TEST_F(StreamChain, UsesAChunkThatComesWithAnError) {
    add("guard",
        {{"http_stream_chunk_hook", R"({"chunk":{"id":"c2"},"has_chunk":true,"error":"odd"})"}});
    EXPECT_EQ(chunk_hooks(), Fate::send);
    EXPECT_NE(chunk_.find("c2"), std::string::npos);
}

TEST_F(StreamChain, StopsTheStreamWhenAHookRunsTooLong) {
    add_wat("looper", endless("http_stream_chunk_hook"), 20ms);
    EXPECT_EQ(chunk_hooks(), Fate::stop);
    EXPECT_EQ(
        chunk_,
        "failed to intercept chunk with plugin looper: plug-in looper: http_stream_chunk_hook: "
        "it took too long and was stopped (limits.timeout_ms is 20)");
}

TEST_F(StreamChain, StopsTheStreamForAChunkThatIsNone) {
    for (const auto* answer :
         {R"({"chunk":"~~~","has_chunk":true})", R"({"chunk":"bm8=","has_chunk":true})",
          R"({"chunk":[1],"has_chunk":true})"}) {
        set_ = std::make_shared<PluginSet>();
        add("bad", {{"http_stream_chunk_hook", answer}});
        chunk_ = part;
        EXPECT_EQ(chunk_hooks(), Fate::stop) << answer;
    }
}

TEST_F(StreamChain, ShowsTheRequestAndTheChunkAsAnObject) {
    add_recorder("recorder");
    EXPECT_EQ(chunk_hooks(), Fate::send);
    EXPECT_EQ(
        hooks_->context_json(),
        R"({"request_id":"r-1","saw":{"context":{"request_id":"r-1"},"request":{"method":"POST","path":"/v1","headers":{},"query":{},"path_params":{},"body":"aGk="},"chunk":)" +
            std::string(part) + "}}");
}

/// A guest that wants the chunk as text, like a published sample, and masks its first letter there.
constexpr std::string_view wants_text = R"((module
  (memory (export "memory") 2)
  (data (i32.const 1024) "{\"error\":\"Parse error: invalid type: map, expected a string\"}")
  (data (i32.const 2048) "{\"chunk\":\"eyJpZCI6ImMyIn0=\",\"has_chunk\":true,\"error\":\"\"}")
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "http_stream_chunk_hook") (param $at i32) (param $size i32) (result i64)
    ;; The envelope ends with "} for text and with }} for an object.
    (if (i32.eq (i32.load8_u (i32.sub (i32.add (local.get $at) (local.get $size)) (i32.const 2)))
                (i32.const 0x22))
      (then (return (i64.const 0x00000800_00000038))))
    (i64.const 0x00000400_0000003D))))";

TEST_F(StreamChain, FindsOutWhoWantsTextAndRemembersIt) {
    add_wat("texts", wants_text);
    EXPECT_EQ(chunk_hooks(), Fate::send);
    EXPECT_NE(chunk_.find(R"("id":"c2")"), std::string::npos);
    EXPECT_EQ(set_->plugins[0].plugin->chunk_form(), hooks::ChunkForm::base64);
    chunk_ = part;
    EXPECT_EQ(chunk_hooks(), Fate::send);
    EXPECT_NE(chunk_.find(R"("id":"c2")"), std::string::npos);
}

TEST_F(StreamChain, TakesAParseErrorForAnErrorWhenTextDoesNotHelpEither) {
    add("picky", {{"http_stream_chunk_hook", R"({"has_chunk":false,"error":"Parse error: no"})"}});
    EXPECT_EQ(chunk_hooks(), Fate::stop);
    EXPECT_EQ(chunk_, "failed to intercept chunk with plugin picky: Parse error: no");
    EXPECT_EQ(set_->plugins[0].plugin->chunk_form(), hooks::ChunkForm::object);
}

TEST_F(StreamChain, SendsOnWhatIsNoJson) {
    add("one", {{"http_stream_chunk_hook", R"({"skip":true})"},
                {"post_hook", R"({"has_error":true,"error":{"message":"m"}})"}});
    for (const auto* odd : {"", "ping", "{\"cut\":", "[1]"}) {
        chunk_ = odd;
        EXPECT_EQ(chunk_hooks(), Fate::send);
        EXPECT_EQ(post_hooks(), Fate::send);
        EXPECT_EQ(chunk_, odd);
    }
}

TEST_F(StreamChain, RunsPostHooksOnEachChunk) {
    add("one",
        {{"post_hook",
          R"({"response":{"chat_response":{"choices":[{"index":0,"delta":{"content":"***"}}]}},"error":{},"has_error":false})"}});
    EXPECT_EQ(post_hooks(), Fate::send);
    EXPECT_EQ(
        chunk_,
        R"({"id":"c1","choices":[{"index":0,"delta":{"content":"***"},"finish_reason":null}]})");
}

TEST_F(StreamChain, EndsTheStreamWhenAPostHookInvalidatesAChunk) {
    add("one",
        {{"post_hook",
          R"({"response":null,"error":{"error":{"message":"bad words"}},"has_error":true})"}});
    EXPECT_EQ(post_hooks(), Fate::stop);
    EXPECT_EQ(chunk_, "bad words");
}

TEST_F(StreamChain, ShowsPostHooksAnErrorChunkAsAnErrorAndLetsThemRecover) {
    add("one", {{"post_hook",
                 R"({"response":{"chat_response":{"id":"r"}},"error":{},"has_error":false})"}});
    chunk_ = R"({"error":{"message":"overloaded"}})";
    EXPECT_EQ(post_hooks(), Fate::send);
    EXPECT_EQ(chunk_, R"({"id":"r"})");
}

TEST_F(StreamChain, ShowsWhatWasSaidBeforeToWhoAsksForIt) {
    add_recorder("asks");
    set_->plugins.back().config.window = 4;
    EXPECT_EQ(chunk_hooks(), Fate::send);
    EXPECT_THAT(hooks_->context_json(), HasSubstr(R"("saw":{"window":[],"context":)"));
    for (const auto* window : {R"({"window":[{"index":0,"text":"Hel"}],"context":)",
                               R"({"window":[{"index":0,"text":"lHel"}],"context":)"}) {
        chunk_ = part;
        EXPECT_EQ(run(hooks_->stream_chunk(request_, chunk_)), Fate::send);
        EXPECT_THAT(hooks_->context_json(), HasSubstr(window));
    }
}

TEST_F(StreamChain, ShowsBothHooksOnAChunkTheSameWindowAndNothingOfWhatTheyMakeOfIt) {
    add("masks",
        {{"post_hook",
          R"({"response":{"chat_response":{"choices":[{"index":0,"delta":{"content":"***"}}]}}})"}});
    add_recorder("asks");
    set_->plugins.back().config.window = 100;
    start();
    for (const auto* window :
         {R"({"window":[],"context":)", R"({"window":[{"index":0,"text":"Hel"}],"context":)",
          R"({"window":[{"index":0,"text":"HelHel"}],"context":)"}) {
        chunk_ = part;
        EXPECT_EQ(run(hooks_->post_chunk(chunk_)), Fate::send);
        EXPECT_THAT(hooks_->context_json(), HasSubstr(window));
        EXPECT_THAT(hooks_->context_json(), HasSubstr(R"("has_error":false)"));
        EXPECT_EQ(run(hooks_->stream_chunk(request_, chunk_)), Fate::send);
        EXPECT_THAT(hooks_->context_json(), HasSubstr(window));
        EXPECT_THAT(hooks_->context_json(), HasSubstr(R"("chunk":)"));
    }
}

TEST_F(StreamChain, KeepsTheWindowOverAChunkThatIsNoJson) {
    add_recorder("asks");
    set_->plugins.back().config.window = 100;
    EXPECT_EQ(chunk_hooks(), Fate::send);
    chunk_ = "ping";
    EXPECT_EQ(run(hooks_->stream_chunk(request_, chunk_)), Fate::send);
    chunk_ = part;
    EXPECT_EQ(run(hooks_->stream_chunk(request_, chunk_)), Fate::send);
    EXPECT_THAT(hooks_->context_json(), HasSubstr(R"("window":[{"index":0,"text":"Hel"}])"));
}

TEST_F(StreamChain, ShowsNoWindowToWhoDoesNotAsk) {
    add_recorder("asks not");
    add("asks", {{"http_stream_chunk_hook", "{}"}});
    set_->plugins.back().config.window = 100;
    EXPECT_EQ(chunk_hooks(), Fate::send);
    EXPECT_THAT(hooks_->context_json(), HasSubstr(R"("saw":{"context":{)"));
    EXPECT_THAT(hooks_->context_json(), Not(HasSubstr("window")));
}

TEST_F(StreamChain, MarksTheEndOfTheStreamInTheContext) {
    add("one", {{"post_hook", "{}"}});
    EXPECT_EQ(post_hooks(), Fate::send);
    EXPECT_EQ(hooks_->context_json(), R"({"request_id":"r-1"})");
    chunk_ = R"({"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
    EXPECT_EQ(run(hooks_->post_chunk(chunk_)), Fate::send);
    EXPECT_EQ(hooks_->context_json(), R"({"request_id":"r-1","stream_end":true})");
}

}  // namespace
}  // namespace sluice::gateway
