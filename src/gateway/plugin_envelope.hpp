#pragma once

#include "hooks/generation.hpp"
#include "hooks/hook_call.hpp"
#include "store/config.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

namespace sluice::gateway {

/// A hook's JSON input in pieces; they belong to the awaiting frame.
class Envelope {
  public:
    /// One text.
    Envelope(std::initializer_list<std::string_view> pieces);
    /// A text an argument, each of so many pieces.
    static Envelope separate(std::initializer_list<std::initializer_list<std::string_view>> texts);

    std::span<const std::string_view> pieces() const noexcept { return {pieces_.data(), count_}; }
    /// Where each argument ends, in pieces; empty for one text.
    std::span<const std::size_t> ends() const noexcept { return {ends_.data(), end_count_}; }
    std::size_t bytes() const noexcept;

  private:
    void add(std::string_view piece);

    std::array<std::string_view, hooks::HookCall::max_pieces> pieces_{};
    std::array<std::size_t, hooks::HookCall::max_arguments> ends_{};
    std::size_t count_ = 0;
    std::size_t end_count_ = 0;
};

/// How the guest of one hook wants its input.
struct InputForm {
    hooks::Convention convention = hooks::Convention::envelope;
    store::RequestShape shape = store::RequestShape::flat;
};

/// An HTTP request before anything else.
Envelope http_request_envelope(InputForm form, std::string_view context, std::string_view request);

/// A chat request. `request` is the flat object, with at least one member, and ends in its brace.
Envelope llm_request_envelope(InputForm form, std::string_view context, std::string_view request,
                              bool stream);

/// How an envelope starts: what its context follows.
inline constexpr std::string_view envelope_opening = R"({"context":)";

/// What came of it, for post hooks: a response, or an error when `error` is not empty. `opening` is
/// for envelopes that hold more; there is none in the convention of generation A.
Envelope outcome_envelope(InputForm form, std::string_view context, std::string_view response,
                          std::string_view error, std::string_view opening = envelope_opening);

}  // namespace sluice::gateway
