#pragma once

#include "base/json_slices.hpp"
#include "gateway/plugin_chain.hpp"
#include "hooks/hook_answer.hpp"
#include "llm/outcome.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Chat requests and outcomes as plug-ins see them, and what they made of them. Without I/O.
/// Source: the facts page of the gateway, 2.1 to 2.3 and 3.3.
namespace sluice::gateway {

/// The request in its flat spelling: provider, model, input, params, fallbacks.
std::string llm_request_json(const LlmRequestData& request);

/// Lays what a plug-in returned over `request`; says whether anything changed. `sent` is what
/// llm_request_json() gave. Any of the known spellings is read: flat, or in `chat_request` or
/// `ChatRequest`; of several copies the first that differs counts, Go's before the others.
/// Errors: \throws Error guest_error when it is no object.
bool apply_llm_request(JsonSlice returned, std::string_view sent, JsonDocument& scratch,
                       LlmRequestData& request);

/// The answer of a pre hook that wants no provider asked; nothing when it holds neither a response
/// nor an error.
std::optional<llm::Outcome> read_short_circuit(JsonSlice returned);

/// Whether an outcome became another one.
enum class OutcomeChange { none, applied };

/// Applies what a post hook answered: replaces the response, recovers from an error, invalidates a
/// response, or leaves things as they are. `sent_error` is the JSON of the error that it was shown;
/// empty when it was shown a response.
OutcomeChange apply_post(const hooks::HookAnswer& answer, std::string_view sent_error,
                         JsonDocument& scratch, llm::Outcome& outcome);

/// The error's JSON in the shape of a provider's.
llm::ApiError read_api_error(JsonSlice error);

/// Lays a response that a plug-in returned, in any spelling, over the one that was sent; the new
/// text, or nothing when they do not differ. When none was sent, it stands for itself.
std::optional<std::string> overlaid_response(JsonSlice returned, JsonSlice sent);

}  // namespace sluice::gateway
