#pragma once

#include "base/json_slices.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace sluice::hooks {

/// An object's members by key. Small objects are searched from where the last search ended, because
/// guests mostly keep the order; large ones are sorted, because a client or a guest may send a
/// million keys.
///
/// Lifetime: the object's document outlives it, unread.
class MembersByKey {
  public:
    explicit MembersByKey(JsonSlice object) : object_(object) {
        if (object.size() <= few) return;
        sorted_.reserve(object.size());
        for (const auto [key, value] : object.members())
            sorted_.push_back({.key = key.string(), .value = value});
        std::ranges::stable_sort(sorted_, {}, &Entry::key);
    }

    JsonSlice find(JsonSlice key) {
        if (object_.size() > few) return find_sorted(key.string());
        const auto members = object_.members();
        auto at = next_.value_or(members.begin());
        for (std::size_t i = 0; i < object_.size(); ++i, ++at) {
            if (at == members.end()) at = members.begin();
            if (!same_string((*at).key, key)) continue;
            const JsonSlice value = (*at).value;
            next_ = ++at;
            return value;
        }
        return {};
    }

  private:
    static constexpr std::size_t few = 16;
    struct Entry {
        std::string key;
        JsonSlice value;
        std::ptrdiff_t asked = 0;  ///< of the first of its key: how often it was looked for
    };

    /// A key that stands several times gives its values in their order, as the search does that
    /// goes on where it ended.
    JsonSlice find_sorted(const std::string& key) {
        const auto first = std::ranges::lower_bound(sorted_, key, {}, &Entry::key);
        if (first == sorted_.end() || first->key != key) return {};
        if (first->asked >= sorted_.end() - first || (first + first->asked)->key != key)
            first->asked = 0;
        return (first + first->asked++)->value;
    }

    JsonSlice object_;
    std::optional<JsonSlice::MemberIterator> next_{};
    std::vector<Entry> sorted_{};
};

}  // namespace sluice::hooks
