#include "files.hpp"
#include "plugin_chain_fixture.hpp"

#include <gmock/gmock.h>
#include <boost/json.hpp>

#include <map>

namespace sluice::gateway {
namespace {

namespace json = boost::json;
using Fate = RequestHooks::ChunkFate;

/// The examples of docs/plugins/abi.md by name: what stands in the block behind a marker.
const std::map<std::string, std::string>& examples() {
    static const std::map<std::string, std::string> all = [] {
        const std::string page = tests::read_file(SLUICE_DOCS "/plugins/abi.md");
        constexpr std::string_view marker = "<!-- example: ";
        constexpr std::string_view fence = "```json\n";
        std::map<std::string, std::string> found;
        for (auto at = page.find(marker); at != std::string::npos; at = page.find(marker, at)) {
            at += marker.size();
            const auto name = page.substr(at, page.find(" -->", at) - at);
            const auto start = page.find(fence, at) + fence.size();
            found[name] = page.substr(start, page.find("```", start) - start);
        }
        return found;
    }();
    return all;
}

/// What goes in is what the gateway sends; what comes out does what the page says of it.
class AbiExamples : public ChainTest {
  protected:
    static std::string example(const std::string& name) { return examples().at(name); }
    RequestHooks& begin() {
        runtime_.emplace(set_, context_.get_executor(), metrics_);
        return hooks_.emplace(*runtime_, "r-81");
    }
    /// A plug-in that answers with an example.
    RequestHooks& answering(const std::string& hook, const std::string& name) {
        add("plug-in", {{hook, example(name)}});
        return begin();
    }
    /// The same in the convention of generation A: two values for each of so many arguments.
    RequestHooks& answering_as_a(const std::string& hook, const std::string& name, int arguments) {
        std::string wat = tests::guest_answering({{hook, example(name)}});
        const std::string two = "(param i32 i32) (result i64)";
        std::string all = "(param";
        for (int i = 0; i < 2 * arguments; ++i) all += " i32";
        wat.replace(wat.find(two), two.size(), all + ") (result i64)");
        add_wat("plug-in", wat);
        return begin();
    }
    RequestHooks& recording() {
        add_recorder("recorder");
        return begin();
    }
    json::value saw() const { return json::parse(hooks_->context_json()).at("saw"); }
    json::value note(std::string_view key) const {
        return json::parse(hooks_->context_json()).at(key);
    }

    HttpRequestData http_request_{.method = "POST",
                                  .path = "/v1/chat/completions",
                                  .headers = {{"Content-Type", "application/json"}},
                                  .body = R"({"model":"mock/echo"})"};
    HttpRequestData bare_request_{.method = "POST", .path = "/v1/chat/completions"};
    HttpResponseData http_response_{.headers = {{"Content-Type", "application/json"}},
                                    .body = "{}"};
    LlmRequestData chat_request_{.provider = "mock",
                                 .model = "echo",
                                 .input = R"([{"role":"user","content":"hi"}])",
                                 .params = R"({"temperature":0.2})"};
    llm::Outcome said_ = llm::ChatResponse{
        .body =
            R"({"id":"c-1","object":"chat.completion","created":0,"model":"echo","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})"};
    llm::Outcome slow_down_ =
        llm::ApiError{.status = 429, .type = "rate_limit_error", .message = "slow down"};
    std::string chunk_ = chunk_saying("Hel");

    static std::string chunk_saying(std::string_view text) {
        return R"({"id":"c-1","object":"chat.completion.chunk","created":0,"model":"echo","choices":[{"index":0,"delta":{"content":")" +
               std::string(text) + R"("},"finish_reason":null}]})";
    }
    static std::string content_of(const llm::Outcome& outcome) {
        const json::value body = json::parse(std::get<llm::ChatResponse>(outcome).body);
        return std::string(
            body.at("choices").at(0).at("message").at("content").as_string().c_str());
    }
};

TEST_F(AbiExamples, OfHttpPreHook) {
    run(recording().http_pre(http_request_));
    EXPECT_EQ(saw(), json::parse(example("http_pre_hook input")));
}

TEST_F(AbiExamples, OfHttpPreHookThatGoesOn) {
    EXPECT_FALSE(run(answering("http_pre_hook", "http_pre_hook goes on").http_pre(http_request_)));
    EXPECT_THAT(http_request_.headers,
                testing::Contains(std::pair<std::string, std::string>("X-Tier", "gold")));
    EXPECT_EQ(note("tier"), "gold");
}

TEST_F(AbiExamples, OfHttpPreHookThatAnswers) {
    const auto answer =
        run(answering("http_pre_hook", "http_pre_hook answers").http_pre(http_request_));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 403);
    EXPECT_EQ(answer->body, R"({"error":{}})");
}

TEST_F(AbiExamples, OfPreHook) {
    add("tiers", {{"pre_hook", R"({"context":{"tier":"gold"}})"}});
    run(recording().pre(chat_request_));
    EXPECT_EQ(saw(), json::parse(example("pre_hook input")));
}

TEST_F(AbiExamples, OfPreHookThatGoesOn) {
    EXPECT_FALSE(run(answering("pre_hook", "pre_hook goes on").pre(chat_request_)));
    EXPECT_EQ(json::parse(chat_request_.input).at(0).at("content"), "Be brief.");
    EXPECT_EQ(json::parse(chat_request_.params).at("temperature"), 0.2);
}

TEST_F(AbiExamples, OfPreHookThatResponds) {
    const auto outcome = run(answering("pre_hook", "pre_hook responds").pre(chat_request_));
    ASSERT_TRUE(outcome);
    EXPECT_EQ(content_of(*outcome), "cached");
}

TEST_F(AbiExamples, OfPreHookThatRefuses) {
    const auto outcome = run(answering("pre_hook", "pre_hook refuses").pre(chat_request_));
    ASSERT_TRUE(outcome);
    EXPECT_EQ(std::get<llm::ApiError>(*outcome).status, 429);
    EXPECT_EQ(std::get<llm::ApiError>(*outcome).message, "slow down");
}

TEST_F(AbiExamples, OfPostHook) {
    run(recording().post(said_));
    EXPECT_EQ(saw(), json::parse(example("post_hook input")));
}

TEST_F(AbiExamples, OfPostHookThatMasks) {
    run(answering("post_hook", "post_hook masks").post(said_));
    EXPECT_EQ(content_of(said_), "[masked]");
    EXPECT_THAT(std::get<llm::ChatResponse>(said_).body, testing::HasSubstr("total_tokens"));
}

TEST_F(AbiExamples, OfPostHookOnAnError) {
    run(recording().post(slow_down_));
    EXPECT_EQ(saw(), json::parse(example("post_hook error")));
}

TEST_F(AbiExamples, OfPostHookThatRecovers) {
    run(answering("post_hook", "post_hook recovers").post(slow_down_));
    EXPECT_EQ(content_of(slow_down_), "Later.");
}

TEST_F(AbiExamples, OfHttpStreamChunkHook) {
    EXPECT_EQ(run(recording().stream_chunk(bare_request_, chunk_)), Fate::send);
    EXPECT_EQ(saw(), json::parse(example("http_stream_chunk_hook input")));
}

TEST_F(AbiExamples, OfHttpStreamChunkHookThatMasks) {
    RequestHooks& hooks = answering("http_stream_chunk_hook", "http_stream_chunk_hook masks");
    EXPECT_EQ(run(hooks.stream_chunk(bare_request_, chunk_)), Fate::send);
    EXPECT_EQ(chunk_, chunk_saying("***"));
    EXPECT_EQ(note("masked"), true);
}

TEST_F(AbiExamples, OfHttpStreamChunkHookThatDrops) {
    RequestHooks& hooks = answering("http_stream_chunk_hook", "http_stream_chunk_hook drops");
    EXPECT_EQ(run(hooks.stream_chunk(bare_request_, chunk_)), Fate::drop);
}

TEST_F(AbiExamples, OfHttpStreamChunkHookThatEndsTheStream) {
    RequestHooks& hooks = answering("http_stream_chunk_hook", "http_stream_chunk_hook ends");
    EXPECT_EQ(run(hooks.stream_chunk(bare_request_, chunk_)), Fate::stop);
    EXPECT_THAT(chunk_, testing::EndsWith(": policy"));
}

TEST_F(AbiExamples, OfAWindow) {
    add_recorder("recorder");
    set_->plugins.back().config.window = 100;
    RequestHooks& hooks = begin();
    for (const auto* text : {"The password", " is sword"}) {
        std::string chunk = chunk_saying(text);
        run(hooks.stream_chunk(bare_request_, chunk));
    }
    chunk_ = chunk_saying("fish.");
    run(hooks.stream_chunk(bare_request_, chunk_));
    json::value shown = saw();
    // The recorder's own note is in the context by then.
    shown.at("context").as_object().erase("saw");
    EXPECT_EQ(shown, json::parse(example("window")));
}

TEST_F(AbiExamples, OfHttpPostHook) {
    run(recording().http_post(bare_request_, http_response_));
    EXPECT_EQ(saw(), json::parse(example("http_post_hook input")));
}

TEST_F(AbiExamples, OfHttpPostHookThatGoesOn) {
    run(answering("http_post_hook", "http_post_hook goes on")
            .http_post(bare_request_, http_response_));
    EXPECT_EQ(http_response_.headers.size(), 1U);
}

TEST_F(AbiExamples, OfHttpPostHookThatAddsAHeader) {
    run(answering("http_post_hook", "http_post_hook adds a header")
            .http_post(bare_request_, http_response_));
    EXPECT_EQ(http_response_.headers.size(), 2U);
}

TEST_F(AbiExamples, OfGenerationAThatAnswers) {
    RequestHooks& hooks =
        answering_as_a("http_transport_intercept", "A http_transport_intercept answers", 2);
    const auto answer = run(hooks.http_pre(http_request_));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 403);
}

TEST_F(AbiExamples, OfGenerationAThatChangesTheRequest) {
    EXPECT_FALSE(run(answering_as_a("pre_hook", "A pre_hook goes on", 2).pre(chat_request_)));
    EXPECT_EQ(chat_request_.model, "other");
}

TEST_F(AbiExamples, OfGenerationAThatRefusesAnAnswer) {
    run(answering_as_a("post_hook", "A post_hook refuses", 3).post(said_));
    EXPECT_EQ(std::get<llm::ApiError>(said_).status, 451);
}

TEST(AbiPage, HasNoExampleThatNoTestRuns) {
    const std::string source =
        tests::read_file(SLUICE_DOCS "/../tests/gateway/abi_examples_test.cpp");
    for (const auto& [name, text] : examples()) {
        const std::string quoted = '"' + name + '"';
        EXPECT_NE(source.find(quoted), std::string::npos) << name;
    }
    EXPECT_EQ(examples().size(), 22U);
}

}  // namespace
}  // namespace sluice::gateway
