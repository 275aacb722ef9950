#pragma once

#include "llm/outcome.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::llm::openai {

/// What the gateway looks at in an answer, or in one chunk of a streamed one.
struct AnswerFacts {
    bool is_json = true;  ///< false: not one JSON object, as far as it was read
    std::optional<Usage> usage{};
    std::string finish_reason{};  ///< of the first choice; empty when there is none yet
    bool has_error = false;       ///< `error` stands in it: a failure in the middle of a stream
};

/// Reads the answers of OpenAI-compatible providers.
///
/// Threads: one reader a thread.
/// Source: OpenAI "Chat completion object" and "Chat completion chunk object".
class AnswerReader {
  public:
    AnswerReader();
    ~AnswerReader();
    AnswerReader(const AnswerReader&) = delete;
    AnswerReader& operator=(const AnswerReader&) = delete;

    /// A unary answer's body, or the data of one event without its framing. 64 readable bytes must
    /// follow. `[DONE]` reads as no facts. The text of the first choice (`message.content` or
    /// `delta.content`) is appended to `content`, if somebody wants it.
    AnswerFacts read(std::string_view json, std::string* content = nullptr);

    /// A provider's answer with an error status. Its body is kept as it is when it has OpenAI's
    /// shape; otherwise a message is made of the status and the beginning of the body.
    ApiError read_error(int status, std::string_view body,
                        std::optional<std::chrono::seconds> retry_after = {});

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::llm::openai
