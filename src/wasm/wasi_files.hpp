#pragma once

#include "wasm/wasi.hpp"

#include <sys/stat.h>

#include <array>
#include <ctime>

/// What guests do with what they have open; on a stream's number with the stream, unless a file
/// took its place. Named as in `snapshot_preview1.witx`.
///
/// Blocks: the calling thread, as long as the file system takes for at most 16 MiB.
namespace sluice::wasm::wasi {

Errno fd_advise(const Call& call);
Errno fd_allocate(const Call& call);
Errno fd_close(const Call& call);
Errno fd_datasync(const Call& call);
Errno fd_fdstat_get(const Call& call);
Errno fd_fdstat_set_flags(const Call& call);
Errno fd_fdstat_set_rights(const Call& call);
Errno fd_filestat_get(const Call& call);
Errno fd_filestat_set_size(const Call& call);
Errno fd_filestat_set_times(const Call& call);
Errno fd_pread(const Call& call);
Errno fd_prestat_dir_name(const Call& call);
Errno fd_prestat_get(const Call& call);
Errno fd_pwrite(const Call& call);
Errno fd_read(const Call& call);
Errno fd_readdir(const Call& call);
Errno fd_renumber(const Call& call);
Errno fd_seek(const Call& call);
Errno fd_sync(const Call& call);
Errno fd_tell(const Call& call);
Errno fd_write(const Call& call);

/// What a function may do to what it is given: `change` is refused (perm) where all is read-only.
enum class Use { look, change };

struct Found {
    Descriptor* open = nullptr;
    Errno error = success;
};

/// The directory whose number argument `i` gives: badf when it is none, notdir when it is a file.
Found directory(const Call& call, std::size_t i, Use use = Use::look);

/// What utimensat(2) takes.
struct Times {
    std::array<timespec, 2> list{};
    Errno error = success;
};

/// From the arguments at `i`: time of access, of modification, and which of them to set how.
Times times(const Call& call, std::size_t i);

/// What a read of `file` would find from its position on.
std::uint64_t bytes_to_end(const Descriptor& file);

}  // namespace sluice::wasm::wasi
