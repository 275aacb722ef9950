#pragma once

#include "wasm/wasi.hpp"

/// What guests do with names in folders. Named as in `snapshot_preview1.witx`. Every path is
/// resolved beneath the folder that it is given with; one that leads out answers perm.
namespace sluice::wasm::wasi {

Errno path_create_directory(const Call& call);
Errno path_filestat_get(const Call& call);
Errno path_filestat_set_times(const Call& call);
Errno path_link(const Call& call);
Errno path_open(const Call& call);
Errno path_readlink(const Call& call);
Errno path_remove_directory(const Call& call);
Errno path_rename(const Call& call);
Errno path_symlink(const Call& call);
Errno path_unlink_file(const Call& call);

/// A path as the guest wrote it.
struct PathText {
    std::string text{};
    Errno error = success;
};

/// The path that argument `i` points to, its length in the argument after it.
PathText path_text(const Call& call, std::size_t i);

}  // namespace sluice::wasm::wasi
