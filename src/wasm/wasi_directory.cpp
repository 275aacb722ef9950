#include "wasm/wasi_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <vector>

/// Listing directories. The cookies are the kernel's own, so that they survive changes.
namespace sluice::wasm::wasi {
namespace {

// The guest's own memory bounds a listing; this bounds the time.
constexpr std::size_t max_listing_bytes = 16 << 20;
constexpr std::size_t most_at_once = 32 << 10;
constexpr std::size_t longest_entry = sizeof(dirent64);

/// Copies what fits and takes it off `room`.
void append(std::span<std::byte>& room, ByteView bytes) {
    const std::size_t size = std::min(room.size(), bytes.size());
    std::ranges::copy(bytes.first(size), room.begin());
    room = room.subspan(size);
}

FileType type_of(const Descriptor& folder, const dirent64& entry) {
    if (entry.d_type != DT_UNKNOWN) return file_type(DTTOIF(entry.d_type));
    struct stat status{};
    const int found = ::fstatat(folder.file.number(), entry.d_name, &status, AT_SYMLINK_NOFOLLOW);
    return found == 0 ? file_type(status.st_mode) : FileType::unknown;
}

void append_entry(const Descriptor& folder, const dirent64& entry, std::span<std::byte>& room) {
    const std::string_view name = entry.d_name;
    DirectoryEntry head{
        .next = static_cast<std::uint64_t>(entry.d_off),
        .inode = entry.d_ino,
        .name_bytes = static_cast<std::uint32_t>(name.size()),
        .type = type_of(folder, entry),
    };
    struct stat status{};
    // What is above is none of the guest's business.
    if (name == ".." && ::fstat(folder.file.number(), &status) == 0) head.inode = status.st_ino;
    append(room, std::as_bytes(std::span(&head, 1)));
    append(room, as_bytes(name));
}

/// Fills `room` from the entry that `cookie` names; what stays of it says that there are no more.
Errno list(const Descriptor& folder, std::uint64_t cookie, std::span<std::byte>& room) {
    if (cookie > INT64_MAX) return inval;
    if (::lseek(folder.file.number(), static_cast<off_t>(cookie), SEEK_SET) < 0)
        return from_host(errno);
    std::vector<std::byte> buffer(std::clamp(room.size(), longest_entry, most_at_once));
    while (!room.empty()) {
        const ssize_t got = ::getdents64(folder.file.number(), buffer.data(), buffer.size());
        if (got < 0) return from_host(errno);
        if (got == 0) return success;
        for (ssize_t at = 0; at < got && !room.empty();) {
            const auto& entry = *reinterpret_cast<const dirent64*>(buffer.data() + at);
            append_entry(folder, entry, room);
            at += entry.d_reclen;
        }
    }
    return success;
}

}  // namespace

Errno fd_readdir(const Call& call) {
    const Found folder = directory(call, 0);
    if (folder.open == nullptr) return folder.error;
    const auto place = call.memory.range(call.u32(1), call.u32(2));
    if (!place || !call.memory.range(call.u32(4), sizeof(std::uint32_t))) return fault;
    if (place->size() > max_listing_bytes) return inval;
    std::span<std::byte> room = *place;
    const Errno error = list(*folder.open, call.u64(3), room);
    if (error != success) return error;
    call.memory.store(call.u32(4), static_cast<std::uint32_t>(place->size() - room.size()));
    return success;
}

}  // namespace sluice::wasm::wasi
