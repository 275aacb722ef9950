#pragma once

namespace CLI {
class App;
}

namespace sluice::app {

/// `sluice new FOLDER --lang LANGUAGE`: writes a small, whole project to start a plug-in from.
void add_new_command(CLI::App& program);

}  // namespace sluice::app
