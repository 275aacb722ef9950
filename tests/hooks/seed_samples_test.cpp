#include "base/base64.hpp"
#include "expect_error.hpp"
#include "hook_guests.hpp"
#include "hooks/hook_answer.hpp"
#include "hooks/json_overlay.hpp"

namespace sluice::hooks {
namespace {

/// The published samples, built word for word. Two of them have allocators that count from zero.
class SeedSample : public testing::TestWithParam<std::string> {
  protected:
    static tests::HookHost& host() {
        static tests::HookHost shared;
        return shared;
    }
    static InstancePool pool() {
        const std::string wasm = tests::read_file(std::filesystem::path(SLUICE_PLUGINS_DIR) /
                                                  ("seed_" + GetParam() + ".wasm"));
        return InstancePool(host().load(wasm, {.name = "seed",
                                               .config_json = R"({"custom_option":"value"})",
                                               .call_timeout = std::chrono::seconds(20)}));
    }
    HookAnswer call(InstancePool& guests, Phase phase, std::string_view input) {
        text_ = tests::call_hook(guests, phase, input);
        return read_answer(phase, text_, document_);
    }
    static std::string http_input(std::size_t body_bytes) {
        std::string input =
            R"({"context":{"request_id":"r-1"},"request":{"method":"POST","path":"/v1","headers":{},"query":{},"path_params":{},"body":")";
        append_base64(input, std::string(body_bytes, 'x'));
        return input + "\"}}";
    }
    static std::string pre_input(std::size_t content_bytes) {
        return R"({"context":{"request_id":"r-1"},"request":{"provider":"mock","model":"m","input":[{"role":"user","content":")" +
               std::string(content_bytes, 'y') + R"("}],"params":{},"fallbacks":[]}})";
    }
    std::string text_;
    JsonDocument document_;
};

TEST_P(SeedSample, TellsItsName) {
    EXPECT_THAT(pool().plugin().actual_name(), testing::HasSubstr("wasm-plugin"));
}

TEST_P(SeedSample, PassesEveryHookThrough) {
    InstancePool guests = pool();
    EXPECT_EQ(call(guests, Phase::http_pre, http_input(20)).failure, "") << text_;
    EXPECT_EQ(call(guests, Phase::pre, pre_input(20)).failure, "") << text_;
    EXPECT_EQ(
        call(
            guests, Phase::post,
            R"({"context":{},"response":{"chat_response":{"id":"1"}},"error":{},"has_error":false})")
            .failure,
        "")
        << text_;
    EXPECT_EQ(
        call(guests, Phase::http_post,
             R"({"context":{},"request":{},"response":{"status_code":200,"headers":{},"body":""}})")
            .failure,
        "")
        << text_;
}

TEST_P(SeedSample, ReadsAChunkAsAnObjectOrAsText) {
    InstancePool guests = pool();
    constexpr std::string_view chunk =
        R"({"id":"c1","choices":[{"index":0,"delta":{"content":"Hel"}}]})";
    std::string text = "\"";
    append_base64(text, chunk);
    text += '"';
    const bool wants_text = GetParam() == "rust";
    const HookAnswer answer = call(guests, Phase::stream_chunk,
                                   R"({"context":{"request_id":"r-1"},"request":{},"chunk":)" +
                                       (wants_text ? text : std::string(chunk)) + "}");
    ASSERT_EQ(answer.failure, "") << text_;
    EXPECT_TRUE(answer.has_chunk);
    if (wants_text) {
        EXPECT_EQ(answer.chunk.text(), text);
        EXPECT_THAT(call(guests, Phase::stream_chunk,
                         R"({"context":{},"request":{},"chunk":)" + std::string(chunk) + "}")
                        .failure,
                    testing::StartsWith("Parse error"));
    } else {
        std::string out;
        JsonDocument sent;
        EXPECT_FALSE(overlay(sent.read(chunk), answer.chunk, Additions::not_blank, out)) << text_;
    }
}

TEST_P(SeedSample, WorksAtAnyBodySize) {
    InstancePool guests = pool();
    for (const std::size_t bytes :
         {0UL, 100UL, 3'000UL, 100'000UL, 1'000'000UL, 10'000'000UL, 50UL}) {
        EXPECT_EQ(call(guests, Phase::http_pre, http_input(bytes)).failure, "") << bytes;
        EXPECT_EQ(call(guests, Phase::pre, pre_input(bytes)).failure, "") << bytes;
    }
}

TEST_P(SeedSample, WorksForThousandsOfCalls) {
    InstancePool guests = pool();
    const std::string input = pre_input(200);
    for (int i = 0; i < 20'000; ++i)
        ASSERT_EQ(call(guests, Phase::pre, input).failure, "") << i << text_;
}

INSTANTIATE_TEST_SUITE_P(Languages, SeedSample, testing::Values("rust", "ts", "go"),
                         [](const auto& language) { return language.param; });

}  // namespace
}  // namespace sluice::hooks
