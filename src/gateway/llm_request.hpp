#pragma once

#include "gateway/plugin_chain.hpp"
#include "llm/chat_request.hpp"

#include <string>
#include <string_view>

namespace sluice::gateway {

/// What LLM hooks are shown of a request that goes to `provider` as `model`.
LlmRequestData llm_request_data(const llm::ChatRequestView& request, std::string_view provider,
                                std::string_view model);

/// The client's body with what the hooks changed: members in the client's order, unchanged ones
/// byte for byte, new ones behind them. `model` stands in it without a provider's prefix.
/// Errors: \throws Error guest_error when the hooks' params are no JSON object or its input no
///     array.
std::string rebuild_body(const llm::ChatRequestView& request, const LlmRequestData& data);

/// A whole answer as the one chunk of a stream: `message` becomes `delta`, everything else stays.
/// Errors: \throws Error unavailable when `answer` is no JSON object.
std::string chunk_of_answer(std::string_view answer);

}  // namespace sluice::gateway
