#pragma once

#include <filesystem>

namespace CLI {
class App;
}

namespace sluice::app {

/// `sluice compile FILE.wasm`.
void add_compile_command(CLI::App& program);

/// Whether a file's name says that it holds compiled code: `.cwasm`. Nothing else is run as such.
bool is_compiled_name(const std::filesystem::path& file);

}  // namespace sluice::app
