#pragma once

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>

namespace sluice::llm::mock {

/// A call that a tool can take.
struct ToolCall {
    std::string name{};
    std::string arguments{};  ///< JSON text
};

/// A call of the tool that `tool` (an element of `tools`) describes: every required
/// property filled by its schema, texts with `text`. An empty name when it describes no function.
ToolCall call_tool(const boost::json::value& tool, std::string_view text);

}  // namespace sluice::llm::mock
