#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace sluice::app {

/// What the sources of a project are like: by path, when each was written and how large it is.
using FolderState = std::map<std::string, std::pair<std::int64_t, std::uintmax_t>>;

/// Of all files below `folder`, but for hidden ones, `*.wasm`, and the folders that builds fill:
/// `target`, `build` and `node_modules`.
/// Errors: \throws Error unavailable when the folder cannot be read.
FolderState state_of(const std::filesystem::path& folder);

/// A file that differs between the two; empty when none does.
std::string changed_file(const FolderState& before, const FolderState& after);

}  // namespace sluice::app
