#pragma once

#include "guests.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A guest that hands on what a test calls to WASI's functions on files, and what they answer.
namespace sluice::wasm {

/// WASI's error numbers, as `snapshot_preview1.witx` has them.
namespace wasi_errno {
constexpr int success = 0;
constexpr int badf = 8;
constexpr int exist = 20;
constexpr int fault = 21;
constexpr int fbig = 22;
constexpr int inval = 28;
constexpr int isdir = 31;
constexpr int loop = 32;
constexpr int nametoolong = 37;
constexpr int nfile = 41;
constexpr int noent = 44;
constexpr int notdir = 54;
constexpr int notempty = 55;
constexpr int perm = 63;
constexpr int spipe = 70;
constexpr int notcapable = 76;
}  // namespace wasi_errno

/// A folder "folder" for guests beside a folder "outside" that they must never see.
///
/// Two levels deep, so that a guest which did get out by what the tests try would still only harm
/// the test's own files: tests run as root in many places.
class FolderWithOutside {
  public:
    FolderWithOutside() {
        std::filesystem::create_directories(folder());
        std::filesystem::create_directories(outside());
        put("../outside/secret", "secret");
    }
    std::filesystem::path folder() const { return root_.path() / "level" / "folder"; }
    std::filesystem::path outside() const { return root_.path() / "level" / "outside"; }
    std::filesystem::path at(std::string_view name) const { return folder() / name; }

    void put(std::string_view name, std::string_view text) const {
        std::ofstream(at(name), std::ios::binary) << text;
    }
    std::string text(std::string_view name) const { return tests::read_file(at(name)); }

    /// As options of an instance: the guest calls it "/data", and it has number 3.
    InstanceOptions options() const { return {.folders = {{.host = folder(), .guest = "/data"}}}; }
    InstanceOptions read_only() const {
        return {.folders = {{.host = folder(), .guest = "/data", .read_only = true}}};
    }

  private:
    tests::TemporaryFolder root_;
};

/// What path_open is asked for.
struct Opening {
    std::int32_t flags = 0;             ///< 1 create, 2 directory, 4 exclusive, 8 truncate
    std::int64_t rights = 0x08a0'40be;  ///< all but writing: read, seek, tell, readdir, ...
    std::int32_t descriptor_flags = 0;  ///< 1 append, 2 dsync, 4 nonblock, 8 rsync, 16 sync
    std::int32_t lookup = 1;            ///< 1 follows a link at the end
    std::int32_t folder = 3;
};
constexpr std::int64_t all_rights = 0x1fff'ffff;
constexpr std::int32_t create = 1;
constexpr std::int32_t directory = 2;
constexpr std::int32_t exclusive = 4;
constexpr std::int32_t truncate = 8;

struct GuestStat {
    std::uint8_t type = 0;
    std::uint64_t links = 0;
    std::uint64_t size = 0;
    std::uint64_t accessed = 0;
    std::uint64_t modified = 0;
    int error = 0;
};

struct GuestEntry {
    std::uint64_t next = 0;
    std::uint64_t inode = 0;
    std::uint8_t type = 0;
    std::string name{};
};

/// Functions give what the guest got; below 0 it is an error number, negated.
class WasiGuest {
  public:
    // Where in the guest's memory things stand.
    static constexpr std::int32_t result = 0;
    static constexpr std::int32_t stat_place = 64;
    static constexpr std::int32_t vectors = 256;
    static constexpr std::int32_t path_place = 1024;
    static constexpr std::int32_t second_path_place = 8192;
    static constexpr std::int32_t buffer = 16'384;
    static constexpr std::int32_t memory_bytes = 2 * 65'536;

    explicit WasiGuest(InstanceOptions options = {}) : instance_(made(std::move(options))) {}

    Instance& instance() { return instance_; }
    int call(std::string_view function, std::initializer_list<Value> arguments) {
        return wasm::call(instance_, function, arguments).i32;
    }
    template <class T>
    T at(std::int32_t address) {
        T value{};
        std::memcpy(&value, &instance_.memory()[static_cast<std::size_t>(address)], sizeof(T));
        return value;
    }
    template <class T>
    void put(std::int32_t address, const T& value) {
        std::memcpy(&instance_.memory()[static_cast<std::size_t>(address)], &value, sizeof(T));
    }
    std::string text(std::int32_t address, std::uint32_t size) {
        return std::string(
            as_text(instance_.memory().subspan(static_cast<std::size_t>(address), size)));
    }

    int open(std::string_view path, const Opening& opening = {}) {
        const int error =
            call("path_open", {i32(opening.folder), i32(opening.lookup), i32(path_place),
                               put_path(path), i32(opening.flags), i64(opening.rights),
                               i64(all_rights), i32(opening.descriptor_flags), i32(result)});
        return error == 0 ? at<std::int32_t>(result) : -error;
    }
    int close(int fd) { return call("fd_close", {i32(fd)}); }

    int write(int fd, std::string_view text) { return transfer("fd_write", fd, put_text(text)); }
    int write_at(int fd, std::string_view text, std::int64_t offset) {
        put_vector(put_text(text));
        return counted(
            call("fd_pwrite", {i32(fd), i32(vectors), i32(1), i64(offset), i32(result)}));
    }
    std::string read(int fd, std::uint32_t size = 1000) {
        return taken(transfer("fd_read", fd, size));
    }
    std::string read_at(int fd, std::uint32_t size, std::int64_t offset) {
        put_vector(size);
        return taken(
            counted(call("fd_pread", {i32(fd), i32(vectors), i32(1), i64(offset), i32(result)})));
    }
    std::int64_t seek(int fd, std::int64_t offset, int whence) {
        const int error = call("fd_seek", {i32(fd), i64(offset), i32(whence), i32(result)});
        return error == 0 ? at<std::int64_t>(result) : -error;
    }
    std::int64_t tell(int fd) {
        const int error = call("fd_tell", {i32(fd), i32(result)});
        return error == 0 ? at<std::int64_t>(result) : -error;
    }

    GuestStat stat(int fd) {
        return stat_read(call("fd_filestat_get", {i32(fd), i32(stat_place)}));
    }
    GuestStat stat(std::string_view path, int lookup = 1, int folder = 3) {
        return stat_read(call("path_filestat_get", {i32(folder), i32(lookup), i32(path_place),
                                                    put_path(path), i32(stat_place)}));
    }
    /// A function of a folder and a path.
    int on_path(std::string_view function, std::string_view path, int folder = 3) {
        return call(function, {i32(folder), i32(path_place), put_path(path)});
    }
    int make_directory(std::string_view path) { return on_path("path_create_directory", path); }
    int remove_directory(std::string_view path) { return on_path("path_remove_directory", path); }
    int unlink(std::string_view path) { return on_path("path_unlink_file", path); }
    int rename(std::string_view from, std::string_view to, int from_folder = 3, int to_folder = 3) {
        return call("path_rename", {i32(from_folder), i32(path_place), put_path(from),
                                    i32(to_folder), i32(second_path_place), put_second(to)});
    }
    int link(std::string_view from, std::string_view to, int from_folder = 3, int to_folder = 3) {
        return call("path_link", {i32(from_folder), i32(0), i32(path_place), put_path(from),
                                  i32(to_folder), i32(second_path_place), put_second(to)});
    }
    int symlink(std::string_view target, std::string_view path) {
        return call("path_symlink", {i32(path_place), put_path(target), i32(3),
                                     i32(second_path_place), put_second(path)});
    }
    /// The target, or "errno N".
    std::string readlink(std::string_view path, std::int32_t room = 1000) {
        const int error = call("path_readlink", {i32(3), i32(path_place), put_path(path),
                                                 i32(buffer), i32(room), i32(result)});
        return taken(counted(error));
    }
    int set_times(std::string_view path, std::int64_t accessed, std::int64_t modified, int flags,
                  int lookup = 1) {
        return call("path_filestat_set_times",
                    {i32(3), i32(lookup), i32(path_place), put_path(path), i64(accessed),
                     i64(modified), i32(flags)});
    }

    /// The bytes that one fd_readdir gave, or the error's number negated.
    int list_once(int fd, std::int32_t room, std::uint64_t cookie) {
        return counted(call("fd_readdir", {i32(fd), i32(buffer), i32(room),
                                           i64(static_cast<std::int64_t>(cookie)), i32(result)}));
    }
    /// All entries, read through a buffer of `room` bytes as C libraries do.
    std::vector<GuestEntry> list(int fd, std::int32_t room = 4096) {
        std::vector<GuestEntry> all;
        for (std::uint64_t cookie = 0;;) {
            const int used = list_once(fd, room, cookie);
            if (used < 0) throw std::runtime_error(fmt::format("fd_readdir: {}", used));
            std::int32_t from = buffer;
            while (buffer + used - from >= 24) {
                const auto name_bytes = at<std::uint32_t>(from + 16);
                if (buffer + used - from - 24 < static_cast<std::int32_t>(name_bytes)) break;
                all.push_back({at<std::uint64_t>(from), at<std::uint64_t>(from + 8),
                               at<std::uint8_t>(from + 20), text(from + 24, name_bytes)});
                cookie = all.back().next;
                from += 24 + static_cast<std::int32_t>(name_bytes);
            }
            if (used < room) return all;
        }
    }

    Value put_path(std::string_view path) { return put_bytes(path_place, path); }
    Value put_second(std::string_view path) { return put_bytes(second_path_place, path); }

  private:
    /// (import ...) and a function that hands its parameters on, for each function on files.
    static std::string module_text() {
        constexpr std::pair<std::string_view, std::string_view> functions[] = {
            {"args_get", "ii"},
            {"args_sizes_get", "ii"},
            {"environ_get", "ii"},
            {"environ_sizes_get", "ii"},
            {"fd_advise", "iIIi"},
            {"fd_allocate", "iII"},
            {"fd_close", "i"},
            {"fd_datasync", "i"},
            {"fd_fdstat_get", "ii"},
            {"fd_fdstat_set_flags", "ii"},
            {"fd_fdstat_set_rights", "iII"},
            {"fd_filestat_get", "ii"},
            {"fd_filestat_set_size", "iI"},
            {"fd_filestat_set_times", "iIIi"},
            {"fd_pread", "iiiIi"},
            {"fd_prestat_dir_name", "iii"},
            {"fd_prestat_get", "ii"},
            {"fd_pwrite", "iiiIi"},
            {"fd_read", "iiii"},
            {"fd_readdir", "iiiIi"},
            {"fd_renumber", "ii"},
            {"fd_seek", "iIii"},
            {"fd_sync", "i"},
            {"fd_tell", "ii"},
            {"fd_write", "iiii"},
            {"path_create_directory", "iii"},
            {"path_filestat_get", "iiiii"},
            {"path_filestat_set_times", "iiiiIIi"},
            {"path_link", "iiiiiii"},
            {"path_open", "iiiiiIIii"},
            {"path_readlink", "iiiiii"},
            {"path_remove_directory", "iii"},
            {"path_rename", "iiiiii"},
            {"path_symlink", "iiiii"},
            {"path_unlink_file", "iii"},
            {"poll_oneoff", "iiii"}};
        std::string imports;
        std::string bodies;
        for (const auto& [name, parameters] : functions) {
            std::string types;
            std::string arguments;
            for (std::size_t i = 0; i < parameters.size(); ++i) {
                types += parameters[i] == 'I' ? " i64" : " i32";
                arguments += fmt::format(" (local.get {})", i);
            }
            imports += fmt::format(
                "(import \"wasi_snapshot_preview1\" \"{0}\" (func ${0} (param{1}) "
                "(result i32)))\n",
                name, types);
            bodies +=
                fmt::format("(func (export \"{0}\") (param{1}) (result i32) (call ${0}{2}))\n",
                            name, types, arguments);
        }
        return fmt::format("(module {}(memory (export \"memory\") 2)\n{})", imports, bodies);
    }
    static Instance made(InstanceOptions options) {
        static const Module module =
            Module::compile(test_engine(), "wasi_guest", as_bytes(module_text()));
        Linker linker(test_engine());
        linker.define_wasi();
        return Instance(InstancePre(linker, module), std::move(options));
    }

    Value put_bytes(std::int32_t address, std::string_view bytes) {
        std::ranges::copy(as_bytes(bytes), instance_.memory().begin() + address);
        return i32(static_cast<std::int32_t>(bytes.size()));
    }
    std::uint32_t put_text(std::string_view text) {
        return static_cast<std::uint32_t>(put_bytes(buffer, text).i32);
    }
    void put_vector(std::uint32_t size) {
        put(vectors, std::array<std::uint32_t, 2>{buffer, size});
    }
    int transfer(std::string_view function, int fd, std::uint32_t size) {
        put_vector(size);
        return counted(call(function, {i32(fd), i32(vectors), i32(1), i32(result)}));
    }
    int counted(int error) { return error == 0 ? at<std::int32_t>(result) : -error; }
    std::string taken(int count) {
        return count < 0 ? fmt::format("errno {}", -count)
                         : text(buffer, static_cast<std::uint32_t>(count));
    }
    GuestStat stat_read(int error) {
        if (error != 0) return {.error = error};
        return {.type = at<std::uint8_t>(stat_place + 16),
                .links = at<std::uint64_t>(stat_place + 24),
                .size = at<std::uint64_t>(stat_place + 32),
                .accessed = at<std::uint64_t>(stat_place + 40),
                .modified = at<std::uint64_t>(stat_place + 48)};
    }

    Instance instance_;
};

}  // namespace sluice::wasm
