#pragma once

namespace CLI {
class App;
}

namespace sluice::app {

/// `sluice dev FOLDER`: builds a plug-in whenever its sources change, puts it into a running
/// gateway and shows what it logs there.
void add_dev_command(CLI::App& program);

}  // namespace sluice::app
