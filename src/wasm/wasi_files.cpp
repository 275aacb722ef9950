#include "wasm/wasi_files.hpp"

#include "wasm/wasi_streams.hpp"
#include "wasm/wasi_vectors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

/// The content of files: reading, writing, positions, sizes.
namespace sluice::wasm::wasi {
namespace {

// What one call may move, so that it does not keep the thread past its deadline.
constexpr std::size_t max_file_bytes = 16 << 20;
// fallocate(2) may write zeros and cannot be told to stop half-way.
constexpr std::uint64_t max_allocated_bytes = 256 << 20;
constexpr std::int64_t at_position = -1;

/// The file that the first argument gives. A directory has no content, so it is badf here.
Found content(const Call& call, Use use = Use::look) {
    Descriptor* open = call.descriptor(0);
    if (open == nullptr) return {.error = no_position(call)};
    if (open->kind == Descriptor::Kind::directory) return {.error = badf};
    if (use == Use::change && open->read_only) return {.error = perm};
    return {.open = open};
}

/// Offsets and sizes are signed on the host, where some of them mean something else.
bool is_offset(std::uint64_t number) {
    return number <= INT64_MAX;
}

/// Calls again what a signal cut short.
template <class Run>
auto uninterrupted(Run run) {
    for (;;) {
        const auto result = run();
        if (result >= 0 || errno != EINTR) return result;
    }
}

/// RWF_... for the guest's `fdflags`. Per write, so that a guest may change them as it likes and
/// pwrite can do without appending, which O_APPEND does not let it.
int write_flags(const Descriptor& file, std::int64_t offset) {
    int flags = 0;
    if (offset == at_position && (file.flags & descriptor_flag::append) != 0) flags |= RWF_APPEND;
    if ((file.flags & descriptor_flag::dsync) != 0) flags |= RWF_DSYNC;
    if ((file.flags & descriptor_flag::sync) != 0) flags |= RWF_SYNC;
    return flags;
}

/// Reads or writes the vectors of the arguments 1 and 2, and stores how much it was at `total`.
template <class Run>
Errno transfer(const Call& call, std::size_t total, Run run) {
    const std::uint32_t to = call.u32(total);
    if (!call.memory.range(to, sizeof(std::uint32_t))) return fault;
    const Vectors vectors = read_vectors(call, 1, max_file_bytes);
    if (vectors.error != success) return vectors.error;
    const ssize_t moved = uninterrupted(
        [&] { return run(vectors.list.data(), static_cast<int>(vectors.list.size())); });
    if (moved < 0) return from_host(errno);
    call.memory.store(to, static_cast<std::uint32_t>(moved));
    return success;
}

Errno read_from(const Call& call, const Descriptor& file, std::int64_t offset, std::size_t total) {
    if ((file.rights & right::read) == 0) return badf;
    return transfer(call, total, [&](const iovec* list, int count) {
        return ::preadv2(file.file.number(), list, count, offset, 0);
    });
}

Errno write_to(const Call& call, const Descriptor& file, std::int64_t offset, std::size_t total) {
    if ((file.rights & right::write) == 0) return badf;
    return transfer(call, total, [&](const iovec* list, int count) {
        return ::pwritev2(file.file.number(), list, count, offset, write_flags(file, offset));
    });
}

}  // namespace

Errno fd_read(const Call& call) {
    if (call.descriptor(0) == nullptr) return stream_read(call);
    const Found found = content(call);
    return found.open == nullptr ? found.error : read_from(call, *found.open, at_position, 3);
}

Errno fd_write(const Call& call) {
    if (call.descriptor(0) == nullptr) return stream_write(call);
    const Found found = content(call, Use::change);
    return found.open == nullptr ? found.error : write_to(call, *found.open, at_position, 3);
}

Errno fd_pread(const Call& call) {
    const Found found = content(call);
    if (found.open == nullptr) return found.error;
    if (!is_offset(call.u64(3))) return inval;
    return read_from(call, *found.open, static_cast<std::int64_t>(call.u64(3)), 4);
}

Errno fd_pwrite(const Call& call) {
    const Found found = content(call, Use::change);
    if (found.open == nullptr) return found.error;
    if (!is_offset(call.u64(3))) return inval;
    return write_to(call, *found.open, static_cast<std::int64_t>(call.u64(3)), 4);
}

Errno fd_seek(const Call& call) {
    constexpr std::array whences{SEEK_SET, SEEK_CUR, SEEK_END};
    const Found found = content(call);
    if (found.open == nullptr) return found.error;
    if (call.u32(2) >= whences.size()) return inval;
    if (!call.memory.range(call.u32(3), sizeof(std::uint64_t))) return fault;
    const off_t position =
        ::lseek(found.open->file.number(), static_cast<off_t>(call.u64(1)), whences[call.u32(2)]);
    if (position < 0) return from_host(errno);
    call.memory.store(call.u32(3), static_cast<std::uint64_t>(position));
    return success;
}

Errno fd_tell(const Call& call) {
    const Found found = content(call);
    if (found.open == nullptr) return found.error;
    const off_t position = ::lseek(found.open->file.number(), 0, SEEK_CUR);
    if (position < 0) return from_host(errno);
    return call.memory.store(call.u32(1), static_cast<std::uint64_t>(position)) ? success : fault;
}

Errno fd_advise(const Call& call) {
    constexpr std::array advices{POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                 POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    const Found found = content(call);
    if (found.open == nullptr) return found.error;
    if (call.u32(3) >= advices.size() || !is_offset(call.u64(1)) || !is_offset(call.u64(2)))
        return inval;
    // Gives its error back and leaves errno alone.
    const int error = ::posix_fadvise(found.open->file.number(), static_cast<off_t>(call.u64(1)),
                                      static_cast<off_t>(call.u64(2)), advices[call.u32(3)]);
    return error == 0 ? success : from_host(error);
}

Errno fd_allocate(const Call& call) {
    const Found found = content(call, Use::change);
    if (found.open == nullptr) return found.error;
    if (!is_offset(call.u64(1)) || call.u64(2) == 0) return inval;
    if (call.u64(2) > max_allocated_bytes) return fbig;
    // Not posix_fallocate: where the file system cannot do it, that writes every block itself.
    return answer(uninterrupted([&] {
        return ::fallocate(found.open->file.number(), 0, static_cast<off_t>(call.u64(1)),
                           static_cast<off_t>(call.u64(2)));
    }));
}

Errno fd_filestat_set_size(const Call& call) {
    const Found found = content(call, Use::change);
    if (found.open == nullptr) return found.error;
    if (!is_offset(call.u64(1))) return inval;
    return answer(uninterrupted(
        [&] { return ::ftruncate(found.open->file.number(), static_cast<off_t>(call.u64(1))); }));
}

Errno fd_sync(const Call& call) {
    const Descriptor* open = call.descriptor(0);
    return open == nullptr ? on_stream(call) : answer(::fsync(open->file.number()));
}

Errno fd_datasync(const Call& call) {
    const Descriptor* open = call.descriptor(0);
    return open == nullptr ? on_stream(call) : answer(::fdatasync(open->file.number()));
}

std::uint64_t bytes_to_end(const Descriptor& file) {
    struct stat status{};
    const off_t position = ::lseek(file.file.number(), 0, SEEK_CUR);
    if (position < 0 || ::fstat(file.file.number(), &status) != 0 || status.st_size <= position)
        return 0;
    return static_cast<std::uint64_t>(status.st_size - position);
}

}  // namespace sluice::wasm::wasi
