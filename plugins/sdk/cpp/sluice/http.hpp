#pragma once

#include "sluice/base64.hpp"
#include "sluice/members.hpp"

#include <charconv>

namespace sluice {

/// What a request and a response have in common.
class HttpMessage {
  public:
    /// The JSON of any member; empty where there is none.
    std::string_view get(std::string_view key) const { return members_.get(key); }

    /// A header, its name without regard to case; empty where it is absent.
    std::string header(std::string_view name) const {
        const Members headers(get("headers"));
        for (const Members::Member& header : headers.all())
            if (same(header.key, name)) return json::text_of(header.json).value_or(std::string());
        return {};
    }
    void set_header(std::string_view name, std::string_view value) {
        remove_header(name);
        put("headers", name, value);
    }
    /// All headers go back: one that is missing is deleted.
    void remove_header(std::string_view name) {
        Members headers(get("headers"));
        headers.erase_if([name](const Members::Member& header) { return same(header.key, name); });
        members_.changed.set("headers", headers.json());
    }

    /// The bytes of the body; empty where there are none, or too many for hooks to see.
    std::string body() const {
        return decode_base64(members_.text("body")).value_or(std::string());
    }
    void set_body(std::string_view bytes) {
        members_.changed.set("body", json::quote(encode_base64(bytes)));
    }

    std::string changes() const { return members_.changed.json_or_null(); }

  protected:
    explicit HttpMessage(std::string_view json) : members_(json) {}

    void put(std::string_view member, std::string_view name, std::string_view value) {
        Members all(get(member));
        all.set(name, json::quote(value));
        members_.changed.set(member, all.json());
    }

    Changes members_;

  private:
    static char lower(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c); }
    static bool same(std::string_view left, std::string_view right) {
        return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                          [](char a, char b) { return lower(a) == lower(b); });
    }
};

/// The request as the client sent it. Its method and path cannot be changed; credentials read
/// `<redacted>`.
class HttpRequest : public HttpMessage {
  public:
    explicit HttpRequest(std::string_view json) : HttpMessage(json) {}

    std::string method() const { return members_.text("method"); }
    std::string path() const { return members_.text("path"); }
    /// One parameter of the query; empty where it is absent.
    std::string query(std::string_view name) const { return Members(get("query")).text(name); }
    void set_query(std::string_view name, std::string_view value) { put("query", name, value); }
};

/// The gateway's response, or one of your own.
class HttpResponse : public HttpMessage {
  public:
    explicit HttpResponse(std::string_view json) : HttpMessage(json) {}

    /// An answer of your own, without a body.
    static HttpResponse make(int status) {
        HttpResponse response{std::string_view()};
        response.set_status(status);
        response.members_.changed.set("headers", "{}");
        response.set_body({});
        return response;
    }
    /// An answer of your own with a JSON body.
    static HttpResponse with_json(int status, std::string_view body) {
        HttpResponse response = make(status);
        response.set_header("Content-Type", "application/json");
        response.set_body(body);
        return response;
    }
    /// An error of your own in OpenAI's shape, which its client libraries understand.
    static HttpResponse error(int status, std::string_view kind, std::string_view message) {
        return with_json(status, R"({"error":{"message":)" + json::quote(message) + R"(,"type":)" +
                                     json::quote(kind) + R"(,"param":null,"code":null}})");
    }

    int status() const {
        const std::string_view text = get("status_code");
        int status = 0;
        std::from_chars(text.data(), text.data() + text.size(), status);
        return status;
    }
    void set_status(int status) { members_.changed.set("status_code", std::to_string(status)); }
};

}  // namespace sluice
