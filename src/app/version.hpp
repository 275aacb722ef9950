#pragma once

namespace CLI {
class App;
}

namespace sluice::app {

/// `sluice version`.
void add_version_command(CLI::App& program);

}  // namespace sluice::app
