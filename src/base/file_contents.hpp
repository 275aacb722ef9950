#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace sluice {

/// All bytes of a file; nothing when it cannot be read. Blocks: reads the disk.
std::optional<std::string> file_contents(const std::filesystem::path& file);

}  // namespace sluice
