#pragma once

#include <optional>
#include <string>
#include <string_view>

// JSON by slices: finds members and elements in a text and leaves every byte that nobody changes as
// it was. There are no exceptions in a guest: what is no JSON has no members, instead of ending the
// call. A JSON library works as well (docs/writing-plugins.md shows one); it spells numbers and
// escapes anew.
namespace json {

/// Goes through the members of an object, or the elements of an array, in order. Empty for anything
/// else.
///
/// Lifetime: its views are parts of the text.
class Walk {
  public:
    static Walk members(std::string_view text) { return Walk(text, '{'); }
    static Walk elements(std::string_view text) { return Walk(text, '['); }

    bool next();
    std::string_view key() const {
        return key_;
    }  ///< of the member, without quotes, escapes left as they are
    std::string_view value() const { return value_; }

    /// Whether the walk went to the end of an object that is all there is.
    bool ended_well() const;

  private:
    Walk(std::string_view text, char bracket);
    bool read_key();

    std::string_view text_;
    bool keyed_;
    std::size_t at_ = 0;
    std::string_view key_;
    std::string_view value_;
};

/// The value of `key` in an object; empty when there is none.
std::string_view member(std::string_view object, std::string_view key);

/// Whether `text` is one whole JSON object; what is inside its values is not looked at.
bool is_object(std::string_view text);

/// The text that a JSON string stands for; nothing for any other value.
std::optional<std::string> text_of(std::string_view value);

/// Undoes the escapes of JSON; works on a whole document too, because outside of strings there are
/// none.
std::string unescape(std::string_view text);

/// `text` as a JSON string, quotes included.
std::string quote(std::string_view text);

}  // namespace json
