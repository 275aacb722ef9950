#pragma once

#include "base/json_slices.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::hooks {

/// What a returned object may add to the one that was sent.
enum class Additions {
    not_blank,  ///< members that carry something: guests with typed structs send "", 0 and [] for
                ///< what they do not know
    not_null,   ///< everything but null: where 0 or "" may be meant (request parameters)
};

/// Appends `sent` with `returned` laid over it, and says whether they differ.
///
/// Members that the guest left out stay: guests with typed structs know only some. What says the
/// same keeps the bytes that were sent: number spelling, escapes, key order, white space. Elements
/// of arrays of one length are laid over each other when their role, id, index, type and name,
/// where both have them, agree; otherwise the returned array counts, and those of its elements that
/// change nothing are written as they were sent. When nothing differs, `out` is left as it was.
/// Source: the facts page of the gateway, 2.1 "Typed TypeScript guests".
bool overlay(JsonSlice sent, JsonSlice returned, Additions additions, std::string& out);

/// Null, "", 0, or an array or object of nothing else; absent counts too.
bool is_blank(JsonSlice value);

/// A key in lower case and without underscores, as guests of all languages mean it: made once to be
/// compared with many words. Empty for a key with escapes or longer than any that has a meaning.
class KeyWord {
  public:
    explicit KeyWord(JsonSlice key);
    std::string_view text() const noexcept { return {word_.data(), size_}; }

  private:
    std::array<char, 24> word_{};
    std::size_t size_ = 0;
};

/// Whether `key` is `expected` when case and underscores do not count: `ChatRequest` and
/// `chat_request` are both `chatrequest`. `expected` is lower case without underscores.
bool is_key(JsonSlice key, std::string_view expected);

/// The first member whose key is `expected` in that sense.
JsonSlice find_key(JsonSlice object, std::string_view expected);

}  // namespace sluice::hooks
