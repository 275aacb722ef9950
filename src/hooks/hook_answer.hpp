#pragma once

#include "base/json_slices.hpp"
#include "hooks/generation.hpp"
#include "hooks/phase.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::hooks {

/// What a guest answered, member by member. The flags decide, not whether an object is there.
///
/// Lifetime: slices of the document that it was read into.
/// Source: seed 000, "Hook Input/Output Structures"; the facts page of the gateway, 2.3.
struct HookAnswer {
    JsonSlice context{};
    JsonSlice request{};
    JsonSlice response{};
    JsonSlice chunk{};
    JsonSlice short_circuit{};
    JsonSlice error{};  ///< of the provider; only in post
    std::optional<bool> has_response{};
    std::optional<bool> has_error{};
    bool has_chunk = false;
    bool has_short_circuit = false;
    bool skip = false;
    std::string failure{};  ///< the hook's own: `error`, in post `hook_error`; empty when it worked
};

/// Reads an answer. Keys count without case and underscores; unknown ones are ignored. An empty
/// `json` ("no opinion") gives an answer without members.
///
/// An answer in the convention of generation A has no flags: they are set where there is something
/// to be told of, and its `bifrost_error` is read as `error`. What such a hook cannot change (the
/// context, the HTTP request) is left out.
/// Errors: \throws Error invalid_input when `json` is no JSON object.
HookAnswer read_answer(Phase phase, std::string_view json, JsonDocument& document,
                       Convention convention = Convention::envelope);

}  // namespace sluice::hooks
