#pragma once

#include <cstdint>
#include <type_traits>

struct stat;

/// Numbers and layouts of WASI preview 1. Internal to the layer.
/// Source: WASI, `snapshot_preview1.witx`.
namespace sluice::wasm::wasi {

enum Errno : std::int32_t {
    success = 0,
    too_big = 1,
    acces = 2,
    again = 6,
    badf = 8,  ///< no such descriptor, or one of another kind
    busy = 10,
    dquot = 19,
    exist = 20,
    fault = 21,  ///< an address outside the guest's memory
    fbig = 22,
    ilseq = 25,
    inval = 28,
    io = 29,
    isdir = 31,
    loop = 32,
    mfile = 33,
    mlink = 34,
    nametoolong = 37,
    nfile = 41,  ///< the guest has as many descriptors open as it may
    nodev = 43,
    noent = 44,
    nolck = 46,
    nomem = 48,
    nospc = 51,
    nosys = 52,
    notdir = 54,
    notempty = 55,
    notsup = 58,
    nxio = 60,
    overflow = 61,
    perm = 63,  ///< out of the folder, or a change in one that is read-only
    pipe = 64,
    rofs = 69,
    spipe = 70,
    stale = 72,
    timedout = 73,
    txtbsy = 74,
    xdev = 75,
    notcapable = 76,
};

/// WASI's number for what the host's `errno` says.
Errno from_host(int error);
/// The same for a system call's result: success unless it is negative.
Errno answer(std::int64_t result);

enum class FileType : std::uint8_t {
    unknown = 0,
    block_device = 1,
    character_device = 2,
    directory = 3,
    regular_file = 4,
    socket_stream = 6,
    symbolic_link = 7,
};

/// What `mode` (`st_mode`) says.
FileType file_type(unsigned mode);

/// What a guest may do with a descriptor. Recorded and reported, because guests' libraries look at
/// them; reading and writing obey them. Nothing is protected by them: a guest chooses its own.
namespace right {
constexpr std::uint64_t read = 1 << 1;
constexpr std::uint64_t write = 1 << 6;
constexpr std::uint64_t allocate = 1 << 8;
constexpr std::uint64_t set_size = 1 << 22;
constexpr std::uint64_t change_content = write | allocate | set_size;
/// datasync .. allocate, filestat_get, set_size, set_times, poll.
constexpr std::uint64_t of_files = 0x1ff | 0b111 << 21 | 1 << 27;
/// fdstat_set_flags, sync, advise, path_create_directory .. path_unlink_file, poll.
constexpr std::uint64_t of_directories =
    1 << 3 | 1 << 4 | 1 << 7 | (((1 << 27) - 1) & ~0x1ff & ~set_size) | 1 << 27;
}  // namespace right

/// `lookupflags`
constexpr std::uint32_t follow_symlinks = 1;

/// `oflags`
namespace open_flag {
constexpr std::uint32_t create = 1;
constexpr std::uint32_t directory = 2;
constexpr std::uint32_t exclusive = 4;
constexpr std::uint32_t truncate = 8;
}  // namespace open_flag

/// `fdflags`
namespace descriptor_flag {
constexpr std::uint16_t append = 1;
constexpr std::uint16_t dsync = 2;
constexpr std::uint16_t nonblock = 4;
constexpr std::uint16_t rsync = 8;
constexpr std::uint16_t sync = 16;
constexpr std::uint16_t all = 31;
}  // namespace descriptor_flag

/// `fstflags`
namespace time_flag {
constexpr std::uint32_t access = 1;
constexpr std::uint32_t access_now = 2;
constexpr std::uint32_t modification = 4;
constexpr std::uint32_t modification_now = 8;
}  // namespace time_flag

/// `fdstat`
struct DescriptorStat {
    FileType type = FileType::unknown;
    std::uint8_t pad = 0;
    std::uint16_t flags = 0;
    std::uint32_t more_pad = 0;
    std::uint64_t rights = 0;
    std::uint64_t inheriting = 0;
};
static_assert(sizeof(DescriptorStat) == 24 && std::is_trivially_copyable_v<DescriptorStat>);

/// `filestat`
struct FileStat {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    FileType type = FileType::unknown;
    std::uint8_t pad[7]{};
    std::uint64_t links = 0;
    std::uint64_t size = 0;
    std::uint64_t accessed = 0;  ///< nanoseconds since 1970, as all three
    std::uint64_t modified = 0;
    std::uint64_t changed = 0;
};
static_assert(sizeof(FileStat) == 64 && std::is_trivially_copyable_v<FileStat>);

FileStat file_stat(const struct stat& host);

/// `dirent`; the name follows.
struct DirectoryEntry {
    std::uint64_t next = 0;  ///< cookie of the entry after it
    std::uint64_t inode = 0;
    std::uint32_t name_bytes = 0;
    FileType type = FileType::unknown;
    std::uint8_t pad[3]{};
};
static_assert(sizeof(DirectoryEntry) == 24 && std::is_trivially_copyable_v<DirectoryEntry>);

}  // namespace sluice::wasm::wasi
