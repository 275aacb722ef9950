#pragma once

#include "sluice/completion.hpp"
#include "sluice/context.hpp"

namespace sluice {

/// What becomes of an event of a stream.
enum class Fate {
    send,  ///< it is sent, with your changes
    drop,  ///< it is not sent, and the plug-ins that would come after do not see it
};

/// An event of a stream: a chunk of a completion, and what was said before it.
class Chunk {
  public:
    Chunk(std::string_view chunk, std::string_view window)
        : completion(chunk, Completion::Origin::gateway), window_(window) {}

    /// What the model said in a choice before this chunk, or the end of that: as many characters as
    /// `window` of the plug-in's entry says. Empty without that option.
    std::string window(int choice) const {
        for (auto walk = json::Walk::elements(window_); walk.next();)
            if (json::member(walk.value(), "index") == std::to_string(choice))
                return json::text_of(json::member(walk.value(), "text")).value_or(std::string());
        return {};
    }

    /// Keeps the last `keep` characters of each choice back until more text or the end has come, so
    /// that `edit` sees a word whole that the provider cut in two. With `keep` one less than the
    /// longest word no part of a word is sent before `edit` has seen all of it. What is held stays
    /// in the context, under `held` with the choice's number.
    ///
    /// `std::string edit(const std::string&)` must leave alone what it has put in: held text comes
    /// by again.
    template <class Edit>
    void hold_back(Context& context, std::string_view held, std::size_t keep, Edit edit) {
        std::vector<Choice> choices = completion.choices();
        bool changed = false;
        for (Choice& choice : choices) {
            const std::string key = std::string(held) + "_" + std::to_string(choice.index());
            const std::string before = choice.text();
            const std::string tail = context.text(key);
            const std::string text = edit(tail + before);
            const bool finished = !choice.finish_reason().empty();
            const std::size_t end = finished ? text.size() : start_of_last(text, keep);
            if (!tail.empty() || end < text.size()) context.set_text(key, text.substr(end));
            if (text.substr(0, end) == before) continue;
            choice.set_text(text.substr(0, end));
            changed = true;
        }
        if (changed) completion.set_choices(std::move(choices));
    }

    Completion completion;

  private:
    /// Where the last `count` characters of `text` start.
    static std::size_t start_of_last(std::string_view text, std::size_t count) {
        std::size_t at = text.size();
        for (; count > 0 && at > 0; --count) {
            --at;
            while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
        }
        return at;
    }

    std::string window_;
};

}  // namespace sluice
