#include "app/folder_state.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

bool is_filled_by_builds(const std::string& name) {
    constexpr std::array<std::string_view, 3> folders{"target", "build", "node_modules"};
    return std::ranges::find(folders, name) != folders.end();
}

/// A file that goes away while it is looked at is as good as never seen.
void look_at(const fs::directory_entry& entry, FolderState& state) {
    std::error_code gone;
    const auto written = entry.last_write_time(gone);
    const auto size = gone ? 0 : entry.file_size(gone);
    if (!gone) state[entry.path().string()] = {written.time_since_epoch().count(), size};
}

}  // namespace

FolderState state_of(const fs::path& folder) {
    FolderState state;
    std::error_code failed;
    for (fs::recursive_directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        std::error_code gone;
        const bool is_folder = entry->is_directory(gone);
        if (name.starts_with('.') || (is_folder && is_filled_by_builds(name))) {
            if (is_folder) entry.disable_recursion_pending();
        } else if (!is_folder && entry->path().extension() != ".wasm") {
            look_at(*entry, state);
        }
    }
    if (failed && state.empty())
        throw Error(ErrorCode::unavailable,
                    fmt::format("{}: cannot be read: {}", folder.string(), failed.message()));
    return state;
}

std::string changed_file(const FolderState& before, const FolderState& after) {
    for (const auto& [path, file] : after)
        if (const auto old = before.find(path); old == before.end() || old->second != file)
            return path;
    for (const auto& [path, file] : before)
        if (!after.contains(path)) return path;
    return {};
}

}  // namespace sluice::app
