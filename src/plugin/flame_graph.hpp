#pragma once

#include <string_view>

namespace sluice {

/// flame_graph.html, with `{{title}}` (a JSON string) and `{{data}}` (a JSON array) to be put in.
std::string_view flame_graph_page() noexcept;

}  // namespace sluice
