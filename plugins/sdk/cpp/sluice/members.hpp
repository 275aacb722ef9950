#pragma once

#include "sluice/json.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// A JSON object whose members keep their order and the spelling of their values. Values are JSON.
class Members {
  public:
    struct Member {
        std::string key;  ///< without quotes, escapes left as they are
        std::string json;
    };

    Members() = default;
    /// What is no object has no members.
    explicit Members(std::string_view json) {
        for (auto walk = json::Walk::members(json); walk.next();)
            all_.push_back({std::string(walk.key()), std::string(walk.value())});
    }

    bool empty() const { return all_.empty(); }
    const std::vector<Member>& all() const { return all_; }

    /// The JSON of a member; empty where there is none.
    std::string_view get(std::string_view key) const {
        for (const Member& member : all_)
            if (member.key == key) return member.json;
        return {};
    }
    /// The text of a member; empty where it is absent or no text.
    std::string text(std::string_view key) const {
        return json::text_of(get(key)).value_or(std::string());
    }
    /// Replaces a member where it stands, or appends it.
    void set(std::string_view key, std::string json) {
        const std::string quoted = json::quote(key);
        const auto name = std::string_view(quoted).substr(1, quoted.size() - 2);
        for (Member& member : all_) {
            if (member.key != name) continue;
            member.json = std::move(json);
            return;
        }
        all_.push_back({std::string(name), std::move(json)});
    }
    template <class Predicate>
    void erase_if(Predicate predicate) {
        std::erase_if(all_, predicate);
    }

    std::string json() const {
        std::string text = "{";
        for (const Member& member : all_) {
            if (text.size() > 1) text.push_back(',');
            text.append(1, '"').append(member.key).append("\":").append(member.json);
        }
        return text + "}";
    }
    /// "null" where there is nothing: the gateway then keeps the bytes that it has.
    std::string json_or_null() const { return empty() ? "null" : json(); }

  private:
    std::vector<Member> all_;
};

/// An object that came, and what was changed of it. Only the changes go back.
class Changes {
  public:
    Changes() = default;
    explicit Changes(std::string_view json) : sent(json) {}

    std::string_view get(std::string_view key) const {
        const std::string_view own = changed.get(key);
        return own.empty() ? sent.get(key) : own;
    }
    std::string text(std::string_view key) const {
        return json::text_of(get(key)).value_or(std::string());
    }

    Members sent;
    Members changed;
};

/// The elements of an array as JSON; none for anything else.
inline std::vector<std::string> elements_of(std::string_view json) {
    std::vector<std::string> elements;
    for (auto walk = json::Walk::elements(json); walk.next();) elements.emplace_back(walk.value());
    return elements;
}

/// The JSON of an array of things that have json().
template <class Things>
std::string json_of_all(const Things& things) {
    std::string text = "[";
    for (const auto& thing : things) {
        if (text.size() > 1) text.push_back(',');
        text.append(thing.json());
    }
    return text + "]";
}

}  // namespace sluice
