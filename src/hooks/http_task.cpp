#include "hooks/http_task.hpp"

#include "base/json_slices.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <utility>

namespace sluice::hooks {
namespace {

constexpr std::int64_t longest_timeout_ms = 600'000;

[[noreturn]] void refuse(std::string_view member, std::string_view must) {
    throw Error(ErrorCode::invalid_input, fmt::format("http_request: `{}` {}", member, must));
}

std::string text(std::string_view member, JsonSlice value) {
    if (!value.is(JsonKind::string)) refuse(member, "must be a text");
    return value.string();
}

std::chrono::milliseconds timeout(JsonSlice value) {
    const auto number = value.whole();
    if (!number || *number < 1 || *number > longest_timeout_ms)
        refuse("timeout_ms",
               fmt::format("must be a whole number from 1 to {}", longest_timeout_ms));
    return std::chrono::milliseconds(*number);
}

}  // namespace

HttpTask read_http_task(std::string_view json, std::string body) {
    JsonDocument document;
    const JsonSlice request = document.read(json);
    if (!request.is(JsonKind::object)) refuse("request", "must be a JSON object");
    HttpTask task{.body = std::move(body)};
    for (const auto& [key, value] : request.members()) {
        const std::string member = key.string();
        if (member == "url") {
            task.url = text(member, value);
        } else if (member == "method") {
            task.method = text(member, value);
        } else if (member == "timeout_ms") {
            task.timeout = timeout(value);
        } else if (member == "headers") {
            if (!value.is(JsonKind::object)) refuse(member, "must be an object of texts");
            for (const auto& [name, field] : value.members())
                task.headers.emplace_back(name.string(), text("headers." + name.string(), field));
        } else {
            refuse(member, "is no member of a request; there are url, method, headers, timeout_ms");
        }
    }
    if (task.url.empty()) refuse("url", "is missing");
    return task;
}

}  // namespace sluice::hooks
