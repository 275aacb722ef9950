#include "hooks/hook_answer.hpp"

#include "expect_error.hpp"

namespace sluice::hooks {
namespace {

TEST(HookAnswer, ReadsEveryMember) {
    JsonDocument document;
    const HookAnswer answer = read_answer(
        Phase::http_pre,
        R"({"context":{"a":1},"request":{"method":"GET"},"response":{"status_code":403},"has_response":true,"error":"no"})",
        document);
    EXPECT_EQ(answer.context.text(), R"({"a":1})");
    EXPECT_EQ(answer.request.text(), R"({"method":"GET"})");
    EXPECT_EQ(answer.response.text(), R"({"status_code":403})");
    EXPECT_EQ(answer.has_response, true);
    EXPECT_EQ(answer.failure, "no");
}

TEST(HookAnswer, TakesGoFieldNamesToo) {
    JsonDocument document;
    const HookAnswer answer = read_answer(
        Phase::pre,
        R"({"Context":{},"ShortCircuit":{"Error":{}},"HasShortCircuit":true,"Error":null})",
        document);
    EXPECT_TRUE(answer.has_short_circuit);
    EXPECT_EQ(answer.short_circuit.text(), R"({"Error":{}})");
    EXPECT_EQ(answer.failure, "");
}

TEST(HookAnswer, TellsTheHooksOwnErrorFromTheProvidersInPost) {
    JsonDocument document;
    const HookAnswer answer = read_answer(
        Phase::post,
        R"({"error":{"error":{"message":"slow"}},"has_error":true,"hook_error":"mine"})", document);
    EXPECT_EQ(answer.error.text(), R"({"error":{"message":"slow"}})");
    EXPECT_EQ(answer.has_error, true);
    EXPECT_EQ(answer.failure, "mine");
}

TEST(HookAnswer, ReadsChunks) {
    JsonDocument document;
    const HookAnswer answer = read_answer(
        Phase::stream_chunk, R"({"chunk":"e30=","has_chunk":true,"skip":true})", document);
    EXPECT_TRUE(answer.has_chunk);
    EXPECT_TRUE(answer.skip);
    EXPECT_EQ(answer.chunk.string(), "e30=");
}

TEST(HookAnswer, HasNoOpinionWhenThereIsNoText) {
    JsonDocument document;
    const HookAnswer answer = read_answer(Phase::post, "", document);
    EXPECT_FALSE(answer.context);
    EXPECT_EQ(answer.failure, "");
    EXPECT_EQ(answer.has_error, std::nullopt);
}

TEST(HookAnswer, RefusesAnAnswerCutAtAnyByte) {
    constexpr std::string_view whole =
        R"({"context":{"a":"é\n"},"request":null,"response":{"status_code":2.5e2},"has_response":true,"error":""})";
    JsonDocument document;
    for (std::size_t cut = 1; cut < whole.size(); ++cut)
        EXPECT_ERROR(read_answer(Phase::http_pre, whole.substr(0, cut), document),
                     ErrorCode::invalid_input);
    EXPECT_NO_THROW(read_answer(Phase::http_pre, whole, document));
}

TEST(HookAnswer, RefusesWhatIsNoObject) {
    JsonDocument document;
    for (const auto* json : {"[]", "null", "\"text\"", "7"})
        EXPECT_ERROR(read_answer(Phase::pre, json, document), ErrorCode::invalid_input);
}

}  // namespace
}  // namespace sluice::hooks
