#pragma once

namespace CLI {
class App;
}

namespace sluice::app {

/// Adds `sluice serve` to the program: the gateway, until SIGTERM or SIGINT.
///
/// Errors: its callback \throws Error, saying what is wrong with the configuration, the port, ...
void add_serve_command(CLI::App& app);

}  // namespace sluice::app
