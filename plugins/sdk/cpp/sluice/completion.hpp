#pragma once

#include "sluice/chat.hpp"

#include <charconv>

namespace sluice {

/// One choice of a completion.
class Choice {
  public:
    explicit Choice(std::string_view json) : members_(json) {}

    int index() const {
        const std::string_view text = members_.get("index");
        int index = 0;
        std::from_chars(text.data(), text.data() + text.size(), index);
        return index;
    }
    /// Empty as long as the choice goes on.
    std::string finish_reason() const { return members_.text("finish_reason"); }
    /// What it says, whole or in this chunk.
    std::string text() const { return Message(members_.get(part())).text(); }
    void set_text(std::string_view text) {
        Message message(members_.get(part()));
        message.set_text(text);
        members_.set(part(), message.json());
    }
    /// The JSON of any member; empty where there is none.
    std::string_view get(std::string_view key) const { return members_.get(key); }

    template <class Edit>
    bool edit_texts(Edit& edit) {
        Message message(members_.get(part()));
        if (!message.edit_texts(edit)) return false;
        members_.set(part(), message.json());
        return true;
    }

    std::string json() const { return members_.json(); }

  private:
    std::string_view part() const {
        return members_.get("message").starts_with('{') ? "message" : "delta";
    }

    Members members_;
};

/// A chat completion, or one chunk of it.
class Completion {
  public:
    enum class Origin { gateway, plugin };

    /// One that a plug-in made goes to the gateway as a whole.
    explicit Completion(std::string_view json, Origin origin = Origin::plugin)
        : members_(json), origin_(origin) {
        for (const std::string& element : elements_of(members_.get("choices")))
            choices_.emplace_back(element);
    }
    /// A completion of your own with one choice.
    static Completion saying(std::string_view model, std::string_view text) {
        return Completion(
            R"({"id":"chatcmpl-plugin","object":"chat.completion","created":0,"model":)" +
            json::quote(model) + R"(,"choices":[{"index":0,"message":)" +
            Message("assistant", text).json() + R"(,"finish_reason":"stop"}]})");
    }

    std::string model() const { return members_.text("model"); }
    /// Whether it is an event of a stream: its choices then hold deltas.
    bool is_chunk() const { return members_.text("object") == "chat.completion.chunk"; }

    const std::vector<Choice>& choices() const { return choices_; }
    void set_choices(std::vector<Choice> choices) {
        choices_ = std::move(choices);
        choices_changed_ = true;
    }

    /// Edits what the model said, in all choices: `std::string edit(const std::string&)` gives what
    /// shall stand in a text's place. True where something changed.
    template <class Edit>
    bool edit_texts(Edit edit) {
        bool changed = false;
        for (Choice& choice : choices_) changed |= choice.edit_texts(edit);
        choices_changed_ |= changed;
        return changed;
    }

    /// The JSON of any member, such as usage; empty where there is none.
    std::string_view get(std::string_view key) const { return members_.get(key); }
    void set(std::string_view key, std::string json) { members_.changed.set(key, std::move(json)); }

    /// All of it, because an answer of nothing but empty texts would count as none; "null" where
    /// nothing changed.
    std::string changes() const {
        if (origin_ == Origin::gateway && !choices_changed_ && members_.changed.empty())
            return "null";
        Members result = members_.sent;
        for (const Members::Member& member : members_.changed.all())
            result.set(member.key, member.json);
        if (choices_changed_) result.set("choices", json_of_all(choices_));
        return result.json();
    }

  private:
    Changes members_;
    std::vector<Choice> choices_;
    bool choices_changed_ = false;
    Origin origin_;
};

/// An error in OpenAI's shape.
inline std::string error_json(int status, std::string_view kind, std::string_view message) {
    return R"({"status_code":)" + std::to_string(status) + R"(,"error":{"message":)" +
           json::quote(message) + R"(,"type":)" + json::quote(kind) + "}}";
}

/// What the provider said: a response or an error. Assign a response to recover from an error, or
/// call refuse() to put an error in a response's place.
struct Outcome {
    std::optional<Completion> response;
    std::string error;  ///< JSON; counts where there is no response

    void refuse(int status, std::string_view kind, std::string_view message) {
        response.reset();
        error = error_json(status, kind, message);
    }
};

/// What is answered without a provider being asked.
class ShortCircuit {
  public:
    static ShortCircuit response(const Completion& completion) {
        return ShortCircuit(R"({"response":{"chat_response":)" + completion.changes() + "}}");
    }
    static ShortCircuit error(int status, std::string_view kind, std::string_view message) {
        return ShortCircuit(R"({"error":)" + error_json(status, kind, message) + "}");
    }
    const std::string& json() const { return json_; }

  private:
    explicit ShortCircuit(std::string json) : json_(std::move(json)) {}
    std::string json_;
};

}  // namespace sluice
