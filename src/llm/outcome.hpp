#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::llm {

/// Token counts of one answer. Source: OpenAI, `usage`.
struct Usage {
    std::uint64_t prompt_tokens = 0;
    std::uint64_t completion_tokens = 0;
    std::uint64_t total_tokens = 0;
};

/// What a provider answered, as it will go to the client.
struct ChatResponse {
    std::string body{};  ///< JSON, byte for byte as the provider wrote it
    Usage usage{};
};

/// An error as the client will read it: a provider's 429, a plug-in's refusal, a fault of ours.
struct ApiError {
    int status = 500;
    std::string type{};  ///< OpenAI's words: "rate_limit_error", "server_error", ...
    std::string code{};  ///< empty when there is none
    std::string message{};
    std::string param{};
    bool allow_fallbacks = true;
    /// The provider's own JSON body, passed on byte for byte when it already has OpenAI's shape.
    std::string body{};
    std::optional<std::chrono::seconds> retry_after{};
    bool is_bifrost_error = false;  ///< the gateway's own fault, not a provider's or a client's
};

/// How one attempt at a request ended. Plain data: a plug-in may read it and replace it.
using Outcome = std::variant<ChatResponse, ApiError>;

/// `{"error":{"message",…,"type","param","code"},…}`: OpenAI's shape with the gateway's own fields
/// (`is_bifrost_error`, `status_code`) beside it. `body` is not looked at.
std::string to_json(const ApiError& error);

/// OpenAI's word for what `status` means: "rate_limit_error" for 429.
std::string_view error_type_of(int status) noexcept;

}  // namespace sluice::llm
