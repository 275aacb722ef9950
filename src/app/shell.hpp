#pragma once

#include <filesystem>
#include <string>

namespace sluice::app {

/// Runs a command of the shell in a folder, on this process's own outputs. Its exit status, as
/// shells count: 128 and more for a signal.
/// Blocks: until it ends. Errors: \throws Error unavailable when there is no shell.
int run_in_shell(const std::string& command, const std::filesystem::path& folder);

}  // namespace sluice::app
