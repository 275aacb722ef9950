#pragma once

#include "wasm/wasi_descriptors.hpp"
#include "wasm/wasi_types.hpp"

#include <string>

/// Guests' paths, resolved by the kernel so that none leaves its folder: not by `..`, not by a
/// symbolic link, not while somebody renames folders on the way. Internal to the layer.
/// Source: openat2(2), RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS.
namespace sluice::wasm::wasi {

/// Why the kernel cannot do it for the folder `folder`: an `errno`, or 0 when it can.
int beneath_error(int folder);

struct Opened {
    HostFile file{};
    Errno error = success;  ///< perm when the path leads out of the folder
};

/// Opens `path` from the folder `folder`, with the flags of open(2).
/// Blocks: as the file system does; on a FIFO unless `flags` has O_NONBLOCK or O_PATH.
Opened open_beneath(int folder, const std::string& path, int flags, unsigned mode = 0);

/// Where the last name of a path stands, or would: what the calls take that change folders.
struct Place {
    /// The folder that `name` is in. Lifetime: of this and of the folder that the path began at.
    int parent() const noexcept { return opened ? opened.number() : folder; }

    int folder = -1;
    HostFile opened{};  ///< when the name is not in `folder` itself
    std::string name{};
    bool wants_directory = false;  ///< the path ended in a slash
    Errno error = success;         ///< perm when the path leads out of the folder
};

/// Does not follow the last name, whatever it is.
Place place_beneath(int folder, std::string path);

}  // namespace sluice::wasm::wasi
