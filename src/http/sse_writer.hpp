#pragma once

#include <string>
#include <string_view>

namespace sluice::http {

/// Appends one event: `event: TYPE` when there is a type, a `data:` line for each line of `data`,
/// and the empty line. Line breaks in `type` are left out: a guest cannot forge a second event.
void append_event(std::string& out, std::string_view data, std::string_view type = {});

/// What ends a stream in OpenAI's shape.
inline constexpr std::string_view sse_done = "data: [DONE]\n\n";

}  // namespace sluice::http
