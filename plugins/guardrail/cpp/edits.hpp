#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Changes to a text, collected first and made in one pass, so that all that is not changed is
/// copied as it was.
class Edits {
  public:
    explicit Edits(std::string_view text) : text_(text) {}

    bool empty() const { return changes_.empty(); }

    /// Puts `text` in the place of `part`, which is a part of the text and of no other change.
    void replace(std::string_view part, std::string text);

    /// Masks the addresses in what the model said: `message`, `delta` or `text` of each choice of
    /// `response`.
    void mask_choices(std::string_view response);

    std::string apply();

  private:
    void mask_content(std::string_view message);
    void mask_text(std::string_view value);

    struct Change {
        std::string_view part;
        std::string text;
    };
    std::string_view text_;
    std::vector<Change> changes_;
};
