#include "wasm/wasi_paths.hpp"

#include "wasm/wasi_beneath.hpp"
#include "wasm/wasi_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

/// Making, removing, renaming and linking by path, and what is known of what a path names.
namespace sluice::wasm::wasi {
namespace {

constexpr unsigned new_directory_mode = 0777;  // less the process's umask

/// Where the path of argument `path` ends, from the folder of argument `folder`.
Place place_of(const Call& call, std::size_t folder, std::size_t path, Use use) {
    const Found found = directory(call, folder, use);
    if (found.open == nullptr) return {.error = found.error};
    PathText text = path_text(call, path);
    if (text.error != success) return {.error = text.error};
    return place_beneath(found.open->file.number(), std::move(text.text));
}

/// What the path of arguments 2 and 3 names, from the folder of argument 0: not open, only held.
/// Argument 1 says whether a link at its end is followed.
Opened named(const Call& call, Use use) {
    const Found folder = directory(call, 0, use);
    if (folder.open == nullptr) return {.error = folder.error};
    const PathText path = path_text(call, 2);
    if (path.error != success) return {.error = path.error};
    const bool follow = (call.u32(1) & follow_symlinks) != 0;
    return open_beneath(folder.open->file.number(), path.text, O_PATH | (follow ? 0 : O_NOFOLLOW));
}

/// notdir when `place` is spelled with a slash at its end and something else is there.
Errno check_slash(const Place& place) {
    struct stat status{};
    if (!place.wants_directory ||
        ::fstatat(place.parent(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return success;
    return S_ISDIR(status.st_mode) ? success : notdir;
}

/// place_of for what must be there: the slash is checked.
Place existing(const Call& call, std::size_t folder, std::size_t path, Use use) {
    Place place = place_of(call, folder, path, use);
    if (place.error == success) place.error = check_slash(place);
    return place;
}

Errno remove(const Call& call, int flags) {
    const Place place = existing(call, 0, 1, Use::change);
    if (place.error != success) return place.error;
    return answer(::unlinkat(place.parent(), place.name.c_str(), flags));
}

}  // namespace

PathText path_text(const Call& call, std::size_t i) {
    const auto bytes = call.memory.range(call.u32(i), call.u32(i + 1));
    if (!bytes) return {.error = fault};
    if (bytes->size() >= PATH_MAX) return {.error = nametoolong};
    const std::string_view text = as_text(*bytes);
    if (text.find('\0') != std::string_view::npos) return {.error = inval};
    return {.text = std::string(text)};
}

Errno path_create_directory(const Call& call) {
    const Place place = place_of(call, 0, 1, Use::change);
    if (place.error != success) return place.error;
    return answer(::mkdirat(place.parent(), place.name.c_str(), new_directory_mode));
}

Errno path_remove_directory(const Call& call) {
    return remove(call, AT_REMOVEDIR);
}

Errno path_unlink_file(const Call& call) {
    return remove(call, 0);
}

Errno path_rename(const Call& call) {
    Place from = existing(call, 0, 1, Use::change);
    if (from.error != success) return from.error;
    const Place to = existing(call, 3, 4, Use::change);
    if (to.error != success) return to.error;
    from.wants_directory |= to.wants_directory;
    const Errno unfit = check_slash(from);
    if (unfit != success) return unfit;
    return answer(::renameat(from.parent(), from.name.c_str(), to.parent(), to.name.c_str()));
}

/// A file of a read-only folder may not be linked either: it could be written by its other name.
Errno path_link(const Call& call) {
    if ((call.u32(1) & follow_symlinks) != 0) return inval;
    const Place from = existing(call, 0, 2, Use::change);
    if (from.error != success) return from.error;
    const Place to = place_of(call, 4, 5, Use::change);
    if (to.error != success) return to.error;
    if (to.wants_directory) return noent;
    return answer(::linkat(from.parent(), from.name.c_str(), to.parent(), to.name.c_str(), 0));
}

/// The target may be any relative path: where it leads is looked at when somebody follows it.
Errno path_symlink(const Call& call) {
    const Place place = place_of(call, 2, 3, Use::change);
    if (place.error != success) return place.error;
    const PathText target = path_text(call, 0);
    if (target.error != success) return target.error;
    if (target.text.starts_with('/')) return perm;
    if (place.wants_directory) return noent;
    return answer(::symlinkat(target.text.c_str(), place.parent(), place.name.c_str()));
}

Errno path_readlink(const Call& call) {
    const Place place = existing(call, 0, 1, Use::look);
    if (place.error != success) return place.error;
    const auto room = call.memory.range(call.u32(3), call.u32(4));
    if (!room || !call.memory.range(call.u32(5), sizeof(std::uint32_t))) return fault;
    std::array<char, PATH_MAX> buffer{};
    const ssize_t got =
        ::readlinkat(place.parent(), place.name.c_str(), buffer.data(), buffer.size());
    if (got < 0) return from_host(errno);
    const std::string_view target(buffer.data(), static_cast<std::size_t>(got));
    if (target.starts_with('/')) return perm;  // it tells of the host
    const ByteView shown = as_bytes(target.substr(0, room->size()));
    std::ranges::copy(shown, room->begin());
    call.memory.store(call.u32(5), static_cast<std::uint32_t>(shown.size()));
    return success;
}

Errno path_filestat_get(const Call& call) {
    const Opened seen = named(call, Use::look);
    if (seen.error != success) return seen.error;
    struct stat status{};
    if (::fstat(seen.file.number(), &status) != 0) return from_host(errno);
    return call.memory.store(call.u32(4), file_stat(status)) ? success : fault;
}

Errno path_filestat_set_times(const Call& call) {
    const Opened seen = named(call, Use::change);
    if (seen.error != success) return seen.error;
    const Times chosen = times(call, 4);
    if (chosen.error != success) return chosen.error;
    return answer(::utimensat(seen.file.number(), "", chosen.list.data(), AT_EMPTY_PATH));
}

}  // namespace sluice::wasm::wasi
