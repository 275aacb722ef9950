#pragma once

namespace CLI {
class App;
}

namespace sluice::app {

/// `sluice replay --log FILE --plugin FILE`: runs a gateway plug-in over recorded requests and
/// tells what it would have changed.
void add_replay_command(CLI::App& program);

}  // namespace sluice::app
