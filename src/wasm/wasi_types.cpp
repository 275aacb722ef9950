#include "wasm/wasi_types.hpp"

#include <sys/stat.h>

#include <cerrno>

namespace sluice::wasm::wasi {
namespace {

struct Pair {
    int host;
    Errno guest;
};

constexpr Pair numbers[] = {
    {E2BIG, too_big},
    {EACCES, acces},
    {EAGAIN, again},
    {EBADF, badf},
    {EBUSY, busy},
    {EDQUOT, dquot},
    {EEXIST, exist},
    {EFAULT, fault},
    {EFBIG, fbig},
    {EILSEQ, ilseq},
    {EINVAL, inval},
    {EIO, io},
    {EISDIR, isdir},
    {ELOOP, loop},
    {EMFILE, mfile},
    {EMLINK, mlink},
    {ENAMETOOLONG, nametoolong},
    {ENFILE, nfile},
    {ENODEV, nodev},
    {ENOENT, noent},
    {ENOLCK, nolck},
    {ENOMEM, nomem},
    {ENOSPC, nospc},
    {ENOSYS, nosys},
    {ENOTDIR, notdir},
    {ENOTEMPTY, notempty},
    {EOPNOTSUPP, notsup},
    {ENXIO, nxio},
    {EOVERFLOW, overflow},
    {EPERM, perm},
    {EPIPE, pipe},
    {EROFS, rofs},
    {ESPIPE, spipe},
    {ESTALE, stale},
    {ETIMEDOUT, timedout},
    {ETXTBSY, txtbsy},
    {EXDEV, xdev},
};

std::uint64_t nanoseconds(const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

Errno from_host(int error) {
    for (const Pair& each : numbers)
        if (each.host == error) return each.guest;
    return io;
}

Errno answer(std::int64_t result) {
    return result < 0 ? from_host(errno) : success;
}

FileType file_type(unsigned mode) {
    switch (mode & S_IFMT) {
        case S_IFREG:
            return FileType::regular_file;
        case S_IFDIR:
            return FileType::directory;
        case S_IFLNK:
            return FileType::symbolic_link;
        case S_IFCHR:
            return FileType::character_device;
        case S_IFBLK:
            return FileType::block_device;
        case S_IFSOCK:
            return FileType::socket_stream;
        default:
            return FileType::unknown;
    }
}

FileStat file_stat(const struct stat& host) {
    return {
        .device = host.st_dev,
        .inode = host.st_ino,
        .type = file_type(host.st_mode),
        .links = host.st_nlink,
        .size = static_cast<std::uint64_t>(host.st_size),
        .accessed = nanoseconds(host.st_atim),
        .modified = nanoseconds(host.st_mtim),
        .changed = nanoseconds(host.st_ctim),
    };
}

}  // namespace sluice::wasm::wasi
