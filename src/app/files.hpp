#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::app {

/// All bytes of a file. Errors: \throws Error unavailable, naming the file and the reason.
std::string read_file(const std::filesystem::path& path);

/// All bytes of standard input, or nothing when a terminal would have to type them.
/// Blocks: until the other side closes it.
std::string read_standard_input();

/// Writes to standard output. Errors: \throws Error unavailable when nobody takes it.
void write_standard_output(std::string_view bytes);

}  // namespace sluice::app
