#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::store {

/// Gives `file` new contents in one step: whoever reads it, a process after a power cut included,
/// finds the old text or the new one whole. Follows links and keeps the file's permissions.
/// The reason when that failed; `file` is then as it was. Blocks: until the disk has it.
std::optional<std::string> replace_file(const std::filesystem::path& file, std::string_view text);

}  // namespace sluice::store
