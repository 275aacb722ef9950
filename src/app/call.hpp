#pragma once

namespace CLI {
class App;
}

namespace sluice::app {

/// `sluice call FILE.wasm FUNCTION`.
void add_call_command(CLI::App& program);

}  // namespace sluice::app
