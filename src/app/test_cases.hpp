#pragma once

namespace CLI {
class App;
}

namespace sluice::app {

/// `sluice test FOLDER`: runs the cases of a plug-in, kept as JSON files, and shows what differs.
void add_test_command(CLI::App& program);

}  // namespace sluice::app
