#include "wasm/wasi_beneath.hpp"
#include "wasm/wasi_files.hpp"
#include "wasm/wasi_paths.hpp"

#include <fcntl.h>

#include <cerrno>

/// Opening files and directories by path.
namespace sluice::wasm::wasi {
namespace {

constexpr unsigned new_file_mode = 0666;  // less the process's umask

/// What a guest asks for.
struct Wish {
    bool creates() const { return (flags & open_flag::create) != 0; }
    bool wants_directory() const { return (flags & open_flag::directory) != 0; }
    bool changes_content() const {
        return (rights & right::change_content) != 0 || (flags & open_flag::truncate) != 0;
    }

    bool follow = false;
    std::uint32_t flags = 0;  ///< `oflags`
    std::uint64_t rights = 0;
    std::uint64_t inheriting = 0;
    std::uint32_t descriptor_flags = 0;
};

Wish wish_of(const Call& call) {
    Wish wish{
        .follow = (call.u32(1) & follow_symlinks) != 0,
        .flags = call.u32(4),
        .rights = call.u64(5),
        .inheriting = call.u64(6),
        .descriptor_flags = call.u32(7),
    };
    // Guests ask for all rights that a folder has to give, before they know what it is.
    if (wish.wants_directory()) wish.rights &= right::of_directories;
    return wish;
}

bool is_valid(const Wish& wish) {
    constexpr std::uint32_t all =
        open_flag::create | open_flag::directory | open_flag::exclusive | open_flag::truncate;
    return wish.flags <= all && wish.descriptor_flags <= descriptor_flag::all &&
           (!wish.wants_directory() || wish.flags == open_flag::directory);
}

/// The flags of open(2).
int host_flags(const Wish& wish) {
    int flags = O_NONBLOCK | O_NOCTTY;
    if (!wish.changes_content()) {
        flags |= O_RDONLY;
    } else {
        flags |= (wish.rights & right::read) != 0 ? O_RDWR : O_WRONLY;
    }
    if (!wish.follow) flags |= O_NOFOLLOW;
    if (wish.creates()) flags |= O_CREAT;
    if (wish.wants_directory()) flags |= O_DIRECTORY;
    if ((wish.flags & open_flag::exclusive) != 0) flags |= O_EXCL;
    if ((wish.flags & open_flag::truncate) != 0) flags |= O_TRUNC;
    return flags;
}

/// Whether `file` is what a guest may open: success, perm, or loop for a link.
Errno check_kind(const HostFile& file) {
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) return from_host(errno);
    if (S_ISLNK(status.st_mode)) return loop;
    return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? success : perm;
}

/// Looks before it opens: opening alone has effects on devices, and on who waits at a FIFO.
/// success also when there is nothing yet and the guest wishes to create it.
Errno look(int folder, const std::string& path, const Wish& wish) {
    const bool must_be_new = wish.creates() && (wish.flags & open_flag::exclusive) != 0;
    if (must_be_new) return success;
    const Opened seen = open_beneath(folder, path, O_PATH | (wish.follow ? 0 : O_NOFOLLOW));
    if (seen.error == noent && wish.creates()) return success;
    return seen.error != success ? seen.error : check_kind(seen.file);
}

Opened open_wished(int folder, const std::string& path, const Wish& wish) {
    const Errno unfit = look(folder, path, wish);
    if (unfit != success) return {.error = unfit};
    Opened opened = open_beneath(folder, path, host_flags(wish), new_file_mode);
    // Once more: it may be another since.
    if (opened.error == success) opened.error = check_kind(opened.file);
    return opened;
}

Descriptor descriptor_of(HostFile file, const Wish& wish, const Descriptor& folder) {
    struct stat status{};
    const bool is_directory = ::fstat(file.number(), &status) == 0 && S_ISDIR(status.st_mode);
    Descriptor made{.file = std::move(file)};
    made.kind = is_directory ? Descriptor::Kind::directory : Descriptor::Kind::file;
    made.read_only = folder.read_only;
    made.flags = static_cast<std::uint16_t>(wish.descriptor_flags);
    made.rights = wish.rights & (is_directory ? right::of_directories : right::of_files);
    made.inheriting = wish.inheriting & folder.inheriting;
    return made;
}

}  // namespace

Errno path_open(const Call& call) {
    const Found folder = directory(call, 0);
    if (folder.open == nullptr) return folder.error;
    const PathText path = path_text(call, 2);
    if (path.error != success) return path.error;
    if (!call.memory.range(call.u32(8), sizeof(std::uint32_t))) return fault;
    const Wish wish = wish_of(call);
    if (!is_valid(wish)) return inval;
    if (folder.open->read_only && (wish.creates() || wish.changes_content())) return perm;
    Descriptors& descriptors = call.guest().descriptors;
    if (descriptors.full()) return nfile;

    Opened opened = open_wished(folder.open->file.number(), path.text, wish);
    if (opened.error != success) return opened.error;
    const std::uint32_t number =
        descriptors.add(descriptor_of(std::move(opened.file), wish, *folder.open));
    call.memory.store(call.u32(8), number);
    return success;
}

}  // namespace sluice::wasm::wasi
