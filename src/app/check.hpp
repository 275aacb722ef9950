#pragma once

namespace CLI {
class App;
}

namespace sluice::app {

/// `sluice check FILE`: whether the gateway would take a plug-in, and what its hooks cost.
void add_check_command(CLI::App& program);

}  // namespace sluice::app
