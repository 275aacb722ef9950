#include "base/base64.hpp"
#include "base/json_text.hpp"
#include "expect_error.hpp"
#include "hook_guests.hpp"
#include "hooks/hook_answer.hpp"
#include "hooks/json_overlay.hpp"

namespace sluice::hooks {
namespace {

/// The example plug-in in four languages, and on Extism's PDK; each must behave like the others.
class Guardrail : public testing::TestWithParam<std::string> {
  protected:
    static std::string wasm() {
        return tests::read_file(std::filesystem::path(SLUICE_PLUGINS_DIR) /
                                ("guardrail_" + GetParam() + ".wasm"));
    }
    static tests::HookHost& host() {
        static tests::HookHost shared;
        return shared;
    }
    InstancePool pool(
        std::string config = R"({"blocked_words":["swordfish"],"system_message":"Be kind."})") {
        return InstancePool(host().load(wasm(), {.name = "guardrail",
                                                 .config_json = std::move(config),
                                                 .call_timeout = std::chrono::seconds(10)}));
    }
    HookAnswer call(InstancePool& guests, Phase phase, std::string_view input) {
        text_ = tests::call_hook(guests, phase, input);
        return read_answer(phase, text_, document_);
    }
    static std::string http_input(std::string_view body) {
        std::string input =
            R"({"context":{"request_id":"r-1"},"request":{"method":"POST","path":"/v1/chat/completions","headers":{"Content-Type":"application/json"},"query":{},"path_params":{},"body":")";
        append_base64(input, body);
        return input + "\"}}";
    }
    /// `sent` with what the guest returned laid over it.
    std::string laid_over(std::string_view sent, JsonSlice returned) {
        std::string out;
        return overlay(sent_document_.read(sent), returned, Additions::not_blank, out)
                   ? out
                   : std::string(sent);
    }
    std::string text_;
    JsonDocument document_;
    JsonDocument sent_document_;
};

TEST_P(Guardrail, TakesPartInAllPhases) {
    InstancePool guests = pool();
    for (const Phase phase : all_phases) EXPECT_TRUE(guests.plugin().phases().has(phase));
    EXPECT_THAT(guests.plugin().actual_name(), testing::HasSubstr("guardrail"));
}

TEST_P(Guardrail, RefusesAConfigurationOfAnotherShape) {
    EXPECT_ERROR(pool(R"({"blocked_words":"swordfish"})"), ErrorCode::guest_error);
}

TEST_P(Guardrail, RefusesARequestWithABlockedWord) {
    InstancePool guests = pool();
    const HookAnswer answer = call(guests, Phase::http_pre,
                                   http_input(R"({"messages":[{"content":"say SwordFish now"}]})"));
    ASSERT_EQ(answer.failure, "");
    ASSERT_EQ(answer.has_response, true);
    EXPECT_EQ(find_key(answer.response, "statuscode").whole(), 403);
    std::string body;
    ASSERT_TRUE(decode_base64(find_key(answer.response, "body").string(), body));
    EXPECT_TRUE(JsonDocument().read(body).find("error").is(JsonKind::object)) << body;
}

TEST_P(Guardrail, LetsOtherRequestsPass) {
    InstancePool guests = pool();
    for (const std::string body : {"", "{}", "swordfishes \xC3\xA9", "no JSON \xFF"}) {
        const HookAnswer answer = call(guests, Phase::http_pre, http_input(body));
        EXPECT_EQ(answer.failure, "") << body;
        EXPECT_FALSE(answer.has_response.value_or(false)) << body;
    }
}

TEST_P(Guardrail, PutsASystemMessageFirst) {
    InstancePool guests = pool();
    constexpr std::string_view sent =
        R"({"provider":"mock","model":"m","input":[{"role":"user","content":"h\u00e9 \ud83d\ude00"}],"params":{"seed":9007199254740993},"fallbacks":[]})";
    const std::string input =
        R"({"context":{"request_id":"r-1"},"request":)" + std::string(sent) + "}";
    const HookAnswer answer = call(guests, Phase::pre, input);
    ASSERT_EQ(answer.failure, "");
    const std::string request = laid_over(sent, answer.request);
    JsonDocument document;
    const JsonSlice messages = document.read(request).find("input");
    ASSERT_EQ(messages.size(), 2U) << request;
    auto at = messages.elements().begin();
    EXPECT_TRUE((*at).find("role").says("system"));
    EXPECT_TRUE((*at).find("content").says("Be kind."));
    EXPECT_EQ((*++at).text(), R"({"role":"user","content":"h\u00e9 \ud83d\ude00"})");
    EXPECT_EQ(document.read(request).find("params").text(), R"({"seed":9007199254740993})");
}

TEST_P(Guardrail, MasksAddressesInAnAnswer) {
    InstancePool guests = pool();
    constexpr std::string_view sent =
        R"({"id":"1","created":1760000000,"choices":[{"index":0,"message":{"role":"assistant","content":"write to ann@example.org, é"},"finish_reason":"stop"}],"usage":{"total_tokens":15}})";
    const HookAnswer answer =
        call(guests, Phase::post,
             R"({"context":{"request_id":"r-1"},"response":{"chat_response":)" + std::string(sent) +
                 R"(},"error":{},"has_error":false})");
    ASSERT_EQ(answer.failure, "");
    ASSERT_FALSE(answer.has_error.value_or(false));
    const std::string response = laid_over(sent, find_key(answer.response, "chatresponse"));
    EXPECT_EQ(response.find("ann@example.org"), std::string::npos) << response;
    EXPECT_NE(response.find("write to "), std::string::npos) << response;
    EXPECT_NE(response.find(R"("usage":{"total_tokens":15})"), std::string::npos) << response;
}

TEST_P(Guardrail, MasksAddressesInAChunk) {
    InstancePool guests = pool();
    constexpr std::string_view sent =
        R"({"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"ann@example.org"},"finish_reason":null}]})";
    const HookAnswer answer = call(
        guests, Phase::stream_chunk,
        R"({"context":{"request_id":"r-1"},"request":{"method":"POST","path":"/v1","headers":{},"query":{},"path_params":{},"body":""},"chunk":)" +
            std::string(sent) + "}");
    ASSERT_EQ(answer.failure, "") << text_;
    ASSERT_TRUE(answer.has_chunk) << text_;
    const std::string chunk = laid_over(sent, answer.chunk);
    EXPECT_EQ(chunk.find("ann@example.org"), std::string::npos) << chunk;
    EXPECT_EQ(chunk.find(R"({"id":"c","object":"chat.completion.chunk")"), 0U) << chunk;
}

TEST_P(Guardrail, CountsItsHooksInTheContext) {
    InstancePool guests = pool();
    const HookAnswer first = call(guests, Phase::http_pre, http_input("{}"));
    EXPECT_EQ(first.context.find("guardrail_hooks").whole(), 1) << text_;
    const HookAnswer second = call(
        guests, Phase::http_post,
        R"({"context":{"request_id":"r-1","guardrail_hooks":4},"request":{},"response":{"status_code":200,"headers":{},"body":""}})");
    EXPECT_EQ(second.context.find("guardrail_hooks").whole(), 5) << text_;
}

TEST_P(Guardrail, BearsInputThatCannotBeRead) {
    InstancePool guests = pool();
    for (const Phase phase : all_phases) {
        EXPECT_NE(call(guests, phase, "[]").failure, "") << export_name(phase);
        EXPECT_NO_THROW(call(guests, phase, R"({"context":{},"request":)")) << export_name(phase);
        EXPECT_NO_THROW(call(guests, phase, R"({"context":)")) << export_name(phase);
    }
    EXPECT_LE(guests.made(), 2U) << "no input makes it trap";
}

TEST_P(Guardrail, BearsABodyOfAMegabyte) {
    InstancePool guests = pool();
    const std::string word =
        R"({"messages":[{"content":"swordfish"}],"pad":")" + std::string(1 << 20, 'x') + "\"}";
    EXPECT_EQ(call(guests, Phase::http_pre, http_input(word)).has_response, true);
    EXPECT_NE(call(guests, Phase::http_pre, http_input(std::string(1 << 20, ' '))).has_response,
              true);
}

TEST_P(Guardrail, ServesThousandsOfCallsWithoutWearingOut) {
    InstancePool guests = pool();
    const std::string input = http_input(R"({"model":"m"})");
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(call(guests, Phase::http_pre, input).failure, "");
    EXPECT_LE(guests.made(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Languages, Guardrail, testing::Values("rust", "go", "ts", "cpp", "extism"),
                         [](const auto& language) { return language.param; });

}  // namespace
}  // namespace sluice::hooks
