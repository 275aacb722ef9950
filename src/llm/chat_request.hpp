#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::llm {

/// One member of a JSON object as slices of the client's text.
struct JsonMember {
    std::string_view key{};    ///< raw, without its quotes
    std::string_view value{};  ///< raw JSON, without the white space around it
};

/// What the gateway needs to know of a chat completion request; all else travels as it came.
///
/// Views of the body's own bytes; they live as long as the body. Slices are raw JSON, spelled and
/// ordered as the client sent them. What lies inside a slice was not checked to be valid JSON: only
/// its brackets are balanced and its bytes UTF-8.
/// Source: OpenAI "Create chat completion"; the facts page of the gateway, 5.1.
struct ChatRequestView {
    std::string_view body{};
    std::string model{};             ///< unescaped, with its `provider/` prefix if it has one
    std::string_view model_slice{};  ///< raw, with its quotes
    bool stream = false;
    std::string_view messages_slice{};   ///< raw array
    std::string_view fallbacks_slice{};  ///< raw; empty when absent
    bool include_usage = false;          ///< stream_options.include_usage
    std::vector<JsonMember> members{};   ///< every top-level member in order
};

/// A model name taken apart. `provider` is empty when the name carries no known prefix.
struct ModelName {
    std::string_view provider{};
    std::string_view model{};
};

/// Splits at the first slash when the left part is a known provider.
ModelName split_model(std::string_view name, const std::vector<std::string>& known_providers);

/// Finds the parts of chat completion requests.
///
/// Threads: one reader a thread.
class ChatRequestReader {
  public:
    ChatRequestReader();
    ~ChatRequestReader();
    ChatRequestReader(const ChatRequestReader&) = delete;
    ChatRequestReader& operator=(const ChatRequestReader&) = delete;

    /// `body` must be followed by 64 readable bytes. Reuses its parser and `into`'s capacity.
    /// Errors: \throws Error invalid_input with what the client did wrong ("messages is required
    /// for chat completion", "invalid request format: ..."); `into` is then undefined.
    void read(std::string_view body, ChatRequestView& into);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::llm
