#include "gateway/plugin_envelope.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::gateway {
namespace {

using hooks::Convention;
using store::RequestShape;

std::vector<std::string> texts(const Envelope& envelope) {
    std::vector<std::string> result;
    std::size_t at = 0;
    for (const std::size_t end : envelope.ends()) {
        std::string& text = result.emplace_back();
        for (; at < end; ++at) text += envelope.pieces()[at];
    }
    if (!result.empty()) return result;
    std::string& text = result.emplace_back();
    for (const std::string_view piece : envelope.pieces()) text += piece;
    return result;
}

using Texts = std::vector<std::string>;
constexpr std::string_view context = R"({"request_id":"r"})";
constexpr std::string_view request = R"({"model":"m"})";

std::string shown_request(RequestShape shape, bool stream = false) {
    return texts(llm_request_envelope({.shape = shape}, context, request, stream)).at(0);
}

TEST(PluginEnvelope, WrapsAChatRequestAsThePlugInWantsIt) {
    EXPECT_EQ(shown_request(RequestShape::flat),
              R"({"context":{"request_id":"r"},"request":{"model":"m"}})");
    EXPECT_EQ(shown_request(RequestShape::snake),
              R"({"context":{"request_id":"r"},"request":{"chat_request":{"model":"m"}}})");
    EXPECT_EQ(shown_request(RequestShape::go, true),
              R"({"context":{"request_id":"r"},"request":{"RequestType":"chat_completion_stream",)"
              R"("ChatRequest":{"model":"m"}}})");
    EXPECT_EQ(
        shown_request(RequestShape::all),
        R"({"context":{"request_id":"r"},"request":{"model":"m","chat_request":{"model":"m"},)"
        R"("RequestType":"chat_completion","ChatRequest":{"model":"m"}}})");
}

TEST(PluginEnvelope, WrapsAResponseAsThePlugInWantsIt) {
    const auto shown = [](RequestShape shape) {
        return texts(outcome_envelope({.shape = shape}, "{}", R"({"id":"1"})", {})).at(0);
    };
    EXPECT_EQ(
        shown(RequestShape::flat),
        R"({"context":{},"response":{"chat_response":{"id":"1"}},"error":{},"has_error":false})");
    EXPECT_EQ(
        shown(RequestShape::go),
        R"({"context":{},"response":{"ChatResponse":{"id":"1"}},"error":{},"has_error":false})");
    EXPECT_EQ(shown(RequestShape::all),
              R"({"context":{},"response":{"chat_response":{"id":"1"},"ChatResponse":{"id":"1"}},)"
              R"("error":{},"has_error":false})");
}

TEST(PluginEnvelope, GivesGenerationAATextForEachArgument) {
    const InputForm form{.convention = Convention::separate};
    EXPECT_EQ(texts(http_request_envelope(form, context, "{}")),
              (Texts{R"({"request_id":"r"})", "{}"}));
    EXPECT_EQ(texts(llm_request_envelope(form, context, request, false)),
              (Texts{R"({"request_id":"r"})", R"({"model":"m"})"}));
    EXPECT_EQ(texts(outcome_envelope(form, context, R"({"id":"1"})", {})),
              (Texts{R"({"request_id":"r"})", R"({"chat_response":{"id":"1"}})", "null"}));
    EXPECT_EQ(texts(outcome_envelope(form, context, {}, R"({"status_code":429})")),
              (Texts{R"({"request_id":"r"})", "null", R"({"status_code":429})"}));
}

}  // namespace
}  // namespace sluice::gateway
