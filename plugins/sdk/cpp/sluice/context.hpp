#pragma once

#include "sluice/members.hpp"

namespace sluice {

/// The JSON object that all hooks of all plug-ins share during one request. Keys of the gateway
/// (`request_id`, `bifrost-...`) can be read; changes to them are ignored.
class Context {
  public:
    explicit Context(std::string_view json) : members_(json) {}

    std::string request_id() const { return text("request_id"); }
    /// The JSON of a member; empty where there is none.
    std::string_view get(std::string_view key) const { return members_.get(key); }
    /// Empty where the member is absent or no text.
    std::string text(std::string_view key) const { return members_.text(key); }

    /// `json` is the JSON of the value: "true", "12", R"({"a":1})".
    void set(std::string_view key, std::string json) {
        if (get(key) != json) members_.changed.set(key, std::move(json));
    }
    void set_text(std::string_view key, std::string_view text) { set(key, json::quote(text)); }

    /// There are no exceptions in a guest: call this and return. The sentence goes to the gateway's
    /// log. http_pre_hook answers the request with it (500), http_stream_chunk_hook ends the stream
    /// with it; after the other hooks the request goes on as it was.
    void fail(std::string why) { failure_ = std::move(why); }
    const std::string& failure() const { return failure_; }

    /// Only what changed: the gateway merges key by key.
    std::string changes() const { return members_.changed.json(); }

  private:
    Changes members_;
    std::string failure_;
};

}  // namespace sluice
