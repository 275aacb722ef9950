#pragma once

#include "sluice/members.hpp"

namespace sluice {
namespace detail {

/// Puts what `edit` makes of a text into its place; false where that is the same.
template <class Edit>
bool edit_text(Members& members, std::string_view key, Edit& edit) {
    const std::optional<std::string> text = json::text_of(members.get(key));
    if (!text) return false;
    const std::string edited = edit(*text);
    if (edited == *text) return false;
    members.set(key, json::quote(edited));
    return true;
}

}  // namespace detail

/// A message of a conversation, or what a choice of a completion says.
class Message {
  public:
    explicit Message(std::string_view json) : members_(json) {}
    Message(std::string_view role, std::string_view text) {
        members_.set("role", json::quote(role));
        set_text(text);
    }

    std::string role() const { return members_.text("role"); }
    /// All that it says: the content, or the texts of its blocks one after the other.
    std::string text() const {
        std::string text = members_.text("content");
        for (const std::string& block : elements_of(members_.get("content")))
            text += Members(block).text("text");
        return text;
    }
    void set_text(std::string_view text) { members_.set("content", json::quote(text)); }

    /// The JSON of any member; empty where there is none.
    std::string_view get(std::string_view key) const { return members_.get(key); }
    void set(std::string_view key, std::string json) { members_.set(key, std::move(json)); }

    /// Edits the content, or the text of each of its blocks; true where something changed.
    template <class Edit>
    bool edit_texts(Edit& edit) {
        if (detail::edit_text(members_, "content", edit)) return true;
        std::vector<Members> blocks;
        bool changed = false;
        for (const std::string& element : elements_of(members_.get("content"))) {
            blocks.emplace_back(element);
            changed |= detail::edit_text(blocks.back(), "text", edit);
        }
        if (changed) members_.set("content", json_of_all(blocks));
        return changed;
    }

    std::string json() const { return members_.json(); }

  private:
    Members members_;
};

/// The chat request: provider, model, messages, and everything else of the request's body as
/// parameters.
class ChatRequest {
  public:
    explicit ChatRequest(std::string_view json) : members_(json) {
        if (const std::string_view inner = members_.get("chat_request"); inner.starts_with('{')) {
            members_ = Changes(std::string(inner));
            wrapped_ = true;
        }
        has_messages_ = members_.get("input").starts_with('[');
        for (const std::string& element : elements_of(members_.get("input")))
            messages_.emplace_back(std::string_view(element));
    }

    std::string provider() const { return members_.text("provider"); }
    std::string model() const { return members_.text("model"); }
    void set_model(std::string_view model) { members_.changed.set("model", json::quote(model)); }

    /// False for a request that came without a list of messages.
    bool has_messages() const { return has_messages_; }
    const std::vector<Message>& messages() const { return messages_; }
    void set_messages(std::vector<Message> messages) {
        messages_ = std::move(messages);
        messages_changed_ = true;
    }

    /// Edits the texts of all messages: `std::string edit(const std::string&)` gives what shall
    /// stand in a text's place. True where something changed.
    template <class Edit>
    bool edit_texts(Edit edit) {
        bool changed = false;
        for (Message& message : messages_) changed |= message.edit_texts(edit);
        messages_changed_ |= changed;
        return changed;
    }

    /// The JSON of a parameter such as temperature; empty where there is none.
    std::string parameter(std::string_view name) const {
        const Members own(members_.changed.get("params"));
        if (!own.get(name).empty()) return std::string(own.get(name));
        return std::string(json::member(members_.sent.get("params"), name));
    }
    /// "null" removes it.
    void set_parameter(std::string_view name, std::string json) {
        Members own(members_.changed.get("params"));
        own.set(name, std::move(json));
        members_.changed.set("params", own.json());
    }

    /// The JSON of any member as it came or was set.
    std::string_view get(std::string_view key) const { return members_.get(key); }

    std::string changes() {
        if (messages_changed_) members_.changed.set("input", json_of_all(messages_));
        if (!wrapped_ || members_.changed.empty()) return members_.changed.json_or_null();
        return R"({"chat_request":)" + members_.changed.json() + "}";
    }

  private:
    Changes members_;
    std::vector<Message> messages_;
    bool has_messages_ = false;
    bool messages_changed_ = false;
    bool wrapped_ = false;
};

}  // namespace sluice
