#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

class JsonReader;

/// JSON that a person wrote, with everything that is wrong with it.
///
/// Readers note problems and go on; finish() reports all of them at once.
/// Lifetime: outlives its readers and what raw() gave. Threads: one.
class JsonFile {
  public:
    /// `file` is what messages call the text.
    /// Errors: \throws Error invalid_input "FILE:LINE:COLUMN: not valid JSON: ...".
    JsonFile(std::string_view file, std::string_view text);
    ~JsonFile();
    JsonFile(const JsonFile&) = delete;
    JsonFile& operator=(const JsonFile&) = delete;

    /// The whole text; a problem is noted when it is no object.
    JsonReader root();

    /// Errors: \throws Error invalid_input with one line a problem, in the order of the text:
    /// "FILE:LINE: PATH: must be ..., not ...". Keys that stand twice are among them.
    void finish() const;

  private:
    friend class JsonReader;
    struct State;
    std::unique_ptr<State> state_;
};

/// What a text value stands for, or empty to keep it. Gets the text and its path.
using ReplaceText =
    std::function<std::optional<std::string>(std::string_view text, std::string_view path)>;

/// One object of a JsonFile. Each member function names a key, which is known from then on;
/// finish() then notes every key that nobody named.
///
/// A missing key gives the fallback; without a fallback it is a problem. A wrong value is a problem
/// and reads as the fallback. `null` is a wrong value.
class JsonReader {
  public:
    /// Where this object stands: "plugins[0]"; empty for the whole text.
    const std::string& path() const noexcept { return path_; }
    /// The object's own bytes. Lifetime: the file's.
    std::string_view source() const;
    /// Where the member `key` of this object stands.
    std::string path_of(std::string_view key) const;

    /// Whether the member is there. Makes the key known.
    bool has(std::string_view key);
    /// Whether it is there and not null. Makes the key known.
    bool has_value(std::string_view key);

    std::string text(std::string_view key, std::optional<std::string> fallback = std::nullopt);
    /// The same for a text that no message may show.
    std::string secret(std::string_view key, std::optional<std::string> fallback = std::nullopt);
    /// One of `choices`; the first is the fallback.
    std::string choice(std::string_view key, std::initializer_list<std::string_view> choices);
    bool flag(std::string_view key, bool fallback);
    std::int64_t whole(std::string_view key, std::int64_t fallback, std::int64_t lowest,
                       std::int64_t highest);
    double number(std::string_view key, double fallback, double lowest, double highest);
    std::vector<std::string> texts(std::string_view key);
    /// An object whose values are texts, in its order.
    std::vector<std::pair<std::string, std::string>> text_map(std::string_view key);

    /// The member's own bytes, whatever its type; `replace` is asked for each text inside.
    std::optional<std::string> raw(std::string_view key, const ReplaceText& replace = {});

    std::optional<JsonReader> object(std::string_view key);
    /// Every object of a list.
    void each(std::string_view key, const std::function<void(JsonReader)>& read);
    /// Every member of an object of objects.
    void each_member(std::string_view key,
                     const std::function<void(const std::string& name, JsonReader)>& read);

    /// Notes a problem with the member `key`; an empty key means this object itself.
    void refuse(std::string_view key, std::string problem);
    /// Notes `problem` for each key that is there. They do not count as known keys.
    void refuse_all(std::initializer_list<std::string_view> keys, std::string_view problem);

    /// Notes each unknown key, with the nearest known one as a hint.
    void finish();

  private:
    friend class JsonFile;
    JsonReader(JsonFile::State& document, const boost::json::value& value, std::string path);

    const boost::json::value* find(std::string_view key);
    enum class Show { value, nothing };
    std::string text_or(std::string_view key, std::optional<std::string> fallback, Show show);
    void refuse_value(std::string_view key, std::string_view wanted,
                      const boost::json::value& value);
    /// For places of objects and lists: shows no text.
    void refuse_kind(const std::string& path, std::string_view wanted,
                     const boost::json::value& value);
    void refuse_value_at(std::string path, std::string_view wanted,
                         const boost::json::value& value);

    JsonFile::State* document_;
    const boost::json::object* object_;  ///< empty when the value was no object
    std::string path_;
    std::vector<std::string> known_;
    std::vector<std::string> refused_;
};

/// The word of `known` that is so near to `word` that it was likely meant; empty when none is.
std::string_view nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace sluice
