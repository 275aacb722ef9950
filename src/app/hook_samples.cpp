#include "app/hook_samples.hpp"

#include <string_view>

namespace sluice::app {
namespace {

using hooks::Phase;

constexpr std::string_view context = R"({"request_id":"check-1"})";

/// The body is {"model":"mock/echo","messages":[{"role":"user","content":"Write to
/// ada@example.com"}]}.
constexpr std::string_view http_request =
    R"({"method":"POST","path":"/v1/chat/completions","headers":{"Content-Type":"application/json"},)"
    R"("query":{},"path_params":{},"body":")"
    R"(eyJtb2RlbCI6Im1vY2svZWNobyIsIm1lc3NhZ2VzIjpbeyJyb2xlIjoidXNlciIsImNvbnRlbnQiOiJXcml0ZSB0byBhZGFAZXhhbXBsZS5jb20ifV19"})";

constexpr std::string_view chat_request =
    R"({"provider":"mock","model":"echo","input":[{"role":"system","content":"Be brief."},)"
    R"({"role":"user","content":"Write to ada@example.com"}],"params":{"temperature":0.2},)"
    R"("fallbacks":[]})";

constexpr std::string_view chat_response =
    R"({"id":"c-1","object":"chat.completion","created":0,"model":"echo","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"Write to ada@example.com"},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":3,)"
    R"("total_tokens":6}})";

constexpr std::string_view chunk_object =
    R"({"id":"c-1","object":"chat.completion.chunk","created":0,"model":"echo","choices":[)"
    R"({"index":0,"delta":{"content":"Write to ada@example.com"},"finish_reason":null}]})";
/// The same as base64.
constexpr std::string_view chunk_base64 =
    R"("eyJpZCI6ImMtMSIsIm9iamVjdCI6ImNoYXQuY29tcGxldGlvbi5jaHVuayIsImNyZWF0ZWQiOjAsIm1vZGVs)"
    R"(IjoiZWNobyIsImNob2ljZXMiOlt7ImluZGV4IjowLCJkZWx0YSI6eyJjb250ZW50IjoiV3JpdGUgdG8gYWRh)"
    R"(QGV4YW1wbGUuY29tIn0sImZpbmlzaF9yZWFzb24iOm51bGx9XX0=")";

/// The body is "{}".
constexpr std::string_view http_response =
    R"({"status_code":200,"headers":{"Content-Type":"application/json"},"body":"e30="})";

constexpr std::string_view context_key = R"({"context":)";
constexpr std::string_view request_key = R"(,"request":)";

}  // namespace

gateway::Envelope sample_input(const hooks::HookPlugin& plugin, Phase phase, ChunkShape chunk) {
    const gateway::InputForm form{.convention = plugin.convention(phase)};
    switch (phase) {
        case Phase::http_pre:
            return gateway::http_request_envelope(form, context, http_request);
        case Phase::pre:
            return gateway::llm_request_envelope(form, context, chat_request, /*stream=*/false);
        case Phase::post:
            return gateway::outcome_envelope(form, context, chat_response, {});
        case Phase::stream_chunk:
            return {context_key,
                    context,
                    request_key,
                    http_request,
                    R"(,"chunk":)",
                    chunk == ChunkShape::object ? chunk_object : chunk_base64,
                    "}"};
        case Phase::http_post:
            return {context_key,       context,       request_key, http_request,
                    R"(,"response":)", http_response, "}"};
    }
    return {};
}

}  // namespace sluice::app
