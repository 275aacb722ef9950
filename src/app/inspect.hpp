#pragma once

namespace CLI {
class App;
}

namespace sluice::app {

/// `sluice inspect FILE.wasm`.
void add_inspect_command(CLI::App& program);

}  // namespace sluice::app
