#pragma once

#include "llm/outcome.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::llm::mock {

/// A provider without a model behind it, for trying things out: the same request always gets the
/// same answer, which repeats the last user message.
///
/// - After a tool's result it repeats that result.
/// - `tools` with a `tool_choice` of "required" or a named function makes it call that tool, with
///   arguments that fit the tool's schema.
/// - Usage counts words.
///
/// Errors: an ApiError where a real provider would send one: a body that is no chat request.
Outcome answer(std::string_view body);

/// The same answer as a stream: the data of each event, word by word, without SSE framing and
/// without `[DONE]`. The role comes first, then the words, then the finish reason; then the usage
/// when `stream_options.include_usage` asks for it.
std::variant<std::vector<std::string>, ApiError> answer_in_chunks(std::string_view body);

/// Which requests fail, by rate: spread evenly, not at random.
///
/// Threads: any.
class FailureSchedule {
  public:
    /// `rate` of 0.25: the 4th, 8th, 12th, ... request fails.
    explicit FailureSchedule(double rate) : rate_(rate) {}

    /// Counts one request; the error that it shall get, or empty.
    std::optional<ApiError> next();

  private:
    double rate_;
    std::atomic<std::uint64_t> requests_{0};
};

}  // namespace sluice::llm::mock
