#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// A request as it stands in the connection's buffer. Lifetime: views of that buffer.
struct Request {
    std::string_view text{};  ///< head and body
    std::string_view method{};
    std::string_view target{};
    std::string_view body{};
};

/// The first whole request of `buffer`; empty while bytes are missing, of which `missing` then says
/// at least how many.
std::optional<Request> first_request(std::string_view buffer, std::size_t& missing);

/// The text behind `"model":`, with its directives; empty when there is none.
std::string_view model_of(std::string_view body);

/// Whether the member `key` (with its quotes) stands in `body` with the value true.
bool is_true(std::string_view body, std::string_view key);

/// Whether the request offers tools and carries no tool's answer yet.
bool wants_tool_call(std::string_view body);

}  // namespace sluice::upstream
