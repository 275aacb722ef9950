#pragma once

#include "llm/mock/tool_arguments.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::llm::mock {

/// What a mock answer depends on.
struct Question {
    std::string model{};
    std::string last_text{};  ///< of the last user message, or of the tool's result behind it
    std::optional<ToolCall> call{};
    std::uint64_t prompt_words = 0;
    bool include_usage = false;
};

/// Errors: \throws Error invalid_input as ChatRequestReader does, and for messages that are no
/// objects.
Question read_question(std::string_view body);

std::uint64_t count_words(std::string_view text);

}  // namespace sluice::llm::mock
