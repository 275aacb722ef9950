#include "request.hpp"

#include <strings.h>

#include <charconv>

namespace sluice::upstream {
namespace {

std::size_t content_length(std::string_view head) {
    constexpr std::string_view name = "content-length:";
    for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;
         line = head.find("\r\n", line)) {
        line += 2;
        if (head.size() - line < name.size()) break;
        if (::strncasecmp(head.data() + line, name.data(), name.size()) != 0) continue;
        std::string_view value = head.substr(line + name.size());
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        std::size_t length = 0;
        std::from_chars(value.data(), value.data() + value.size(), length);
        return length;
    }
    return 0;
}

/// What follows `"key" :`; empty when the key is not there.
std::string_view value_of(std::string_view body, std::string_view key) {
    const auto at = body.find(key);
    if (at == std::string_view::npos) return {};
    const auto value = body.find_first_not_of(": \t\r\n", at + key.size());
    return value == std::string_view::npos ? std::string_view() : body.substr(value);
}

}  // namespace

std::optional<Request> first_request(std::string_view buffer, std::size_t& missing) {
    missing = 1;
    const auto end = buffer.find("\r\n\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view head = buffer.substr(0, end + 4);
    const std::size_t whole = head.size() + content_length(head);
    if (buffer.size() < whole) {
        missing = whole - buffer.size();
        return std::nullopt;
    }
    const auto first_space = head.find(' ');
    const auto second_space = head.find(' ', first_space + 1);
    return Request{.text = buffer.substr(0, whole),
                   .method = head.substr(0, first_space),
                   .target = head.substr(first_space + 1, second_space - first_space - 1),
                   .body = buffer.substr(head.size(), whole - head.size())};
}

std::string_view model_of(std::string_view body) {
    const std::string_view value = value_of(body, "\"model\"");
    if (value.size() < 2 || value.front() != '"') return {};
    return value.substr(1, value.find('"', 1) - 1);
}

bool is_true(std::string_view body, std::string_view key) {
    return value_of(body, key).starts_with("true");
}

bool wants_tool_call(std::string_view body) {
    return body.find("\"tools\"") != std::string_view::npos &&
           body.find("\"tool_call_id\"") == std::string_view::npos;
}

}  // namespace sluice::upstream
