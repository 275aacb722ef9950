#include "base/json_slices.hpp"
#include "gateway.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <string>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The example on the helper libraries around real streams, once in each language. The upstream
/// says "word0 ", "word1 " and so on, an event each: a phrase of two is always cut in two.
class Masker : public testing::TestWithParam<const char*> {
  protected:
    Gateway masked(std::string config_json, std::size_t window = 0) {
        const auto file =
            std::filesystem::path(SLUICE_PLUGINS_DIR) / fmt::format("masker_{}.wasm", GetParam());
        if (!std::filesystem::exists(file))
            throw std::runtime_error(file.string() + " is not there: `make plugins` builds it");
        store::Config config = config_before(upstream);
        config.plugins.push_back(plugin("masker", file));
        config.plugins.back().config_json = std::move(config_json);
        config.plugins.back().window = window;
        return Gateway(std::move(config));
    }

    Upstream upstream;
};

constexpr std::string_view eight_words =
    R"({"model":"openai/gpt-test?chunks=8","stream":true,"messages":[{"role":"user","content":"hi"}]})";

/// What a stream says from its first event to its last.
std::string text_of(const Answer& answer) {
    std::string text;
    JsonDocument document;
    for (const std::string& event : events_of(answer.body)) {
        if (!event.starts_with('{')) continue;
        for (const JsonSlice choice : document.read(event).find("choices").elements())
            text += choice.find("delta").find("content").string();
    }
    return text;
}

TEST_P(Masker, MasksAPhraseThatTheProviderCutsInTwo) {
    const Gateway gateway = masked(R"({"words":["word2 word3","word5"]})");

    const Answer answer = gateway.chat(eight_words);

    EXPECT_EQ(text_of(answer), "word0 word1 *** word4 *** word6 word7 ");
    EXPECT_EQ(events_of(answer.body).back(), "[DONE]");
    EXPECT_THAT(answer.body, HasSubstr(R"("finish_reason":"stop")"));
}

TEST_P(Masker, EndsAStreamAtATextThatItSeesThroughTheWindow) {
    const Gateway gateway = masked(R"({"words":["x"],"stop_at":"word2 word3 word4"})", 40);

    const Answer answer = gateway.chat(eight_words);

    EXPECT_THAT(answer.body, AllOf(HasSubstr("word3"), Not(HasSubstr("\"word4 \"")),
                                   HasSubstr("the answer came to \\\"word2 word3 word4\\\"")));
}

TEST_P(Masker, DoesNotSeeThatTextWithoutTheWindow) {
    const Gateway gateway = masked(R"({"words":["x"],"stop_at":"word2 word3 word4"})");

    EXPECT_EQ(text_of(gateway.chat(eight_words)),
              "word0 word1 word2 word3 word4 word5 word6 word7 ");
}

TEST_P(Masker, MasksAPlainAnswerAndSaysSoInAHeader) {
    const Gateway gateway = masked(R"({"words":["the mock"]})");

    const Answer answer =
        gateway.chat(R"({"model":"openai/gpt-test","messages":[{"role":"user","content":"hi"}]})");

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("Hello from *** upstream."));
    EXPECT_EQ(answer.field("X-Masked"), "yes");
}

INSTANTIATE_TEST_SUITE_P(Languages, Masker, testing::Values("rust", "go", "ts", "cpp"),
                         [](const auto& language) { return std::string(language.param); });

}  // namespace
}  // namespace sluice::tests
