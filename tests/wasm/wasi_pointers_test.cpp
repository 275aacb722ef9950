#include "wasi_guest.hpp"

namespace sluice::wasm {
namespace {

using namespace wasi_errno;

constexpr std::int32_t outsides[] = {WasiGuest::memory_bytes, WasiGuest::memory_bytes - 1, -1, -8,
                                     INT32_MIN};

TEST(WasiPointers, OfDescriptorsAreChecked) {
    const FolderWithOutside files;
    files.put("f", "text");
    WasiGuest guest(files.options());
    const int fd = guest.open("f", {.rights = all_rights});
    const Value vectors = i32(WasiGuest::vectors);
    guest.put(WasiGuest::vectors, std::array<std::uint32_t, 2>{WasiGuest::buffer, 4});
    for (const std::int32_t number : outsides) {
        const Value outside = i32(number);
        EXPECT_EQ(guest.call("fd_read", {i32(fd), outside, i32(1), i32(0)}), fault);
        EXPECT_EQ(guest.call("fd_read", {i32(fd), vectors, i32(1), outside}), fault);
        EXPECT_EQ(guest.call("fd_write", {i32(fd), outside, i32(1), i32(0)}), fault);
        EXPECT_EQ(guest.call("fd_write", {i32(fd), vectors, i32(1), outside}), fault);
        EXPECT_EQ(guest.call("fd_pread", {i32(fd), outside, i32(1), i64(0), i32(0)}), fault);
        EXPECT_EQ(guest.call("fd_pwrite", {i32(fd), vectors, i32(1), i64(0), outside}), fault);
        EXPECT_EQ(guest.call("fd_seek", {i32(fd), i64(1), i32(0), outside}), fault);
        EXPECT_EQ(guest.call("fd_tell", {i32(fd), outside}), fault);
        EXPECT_EQ(guest.call("fd_fdstat_get", {i32(fd), outside}), fault);
        EXPECT_EQ(guest.call("fd_filestat_get", {i32(fd), outside}), fault);
        EXPECT_EQ(guest.call("fd_prestat_get", {i32(3), outside}), fault);
        EXPECT_EQ(guest.call("fd_prestat_dir_name", {i32(3), outside, i32(5)}), fault);
        EXPECT_EQ(guest.call("fd_readdir", {i32(3), outside, i32(100), i64(0), i32(0)}), fault);
        EXPECT_EQ(guest.call("fd_readdir", {i32(3), i32(64), i32(100), i64(0), outside}), fault);
    }
    EXPECT_EQ(guest.tell(fd), 0);  // what failed moved nothing
    EXPECT_EQ(files.text("f"), "text");
    guest.put(WasiGuest::vectors, std::array<std::uint32_t, 2>{WasiGuest::buffer, UINT32_MAX});
    EXPECT_EQ(guest.call("fd_read", {i32(fd), vectors, i32(1), i32(0)}), fault);
    EXPECT_EQ(guest.call("fd_read", {i32(fd), vectors, i32(1025), i32(0)}), inval);
    EXPECT_EQ(guest.call("fd_write", {i32(fd), vectors, i32(-1), i32(0)}), inval);
}

TEST(WasiPointers, OfPathsAreChecked) {
    const FolderWithOutside files;
    files.put("f", "text");
    WasiGuest guest(files.options());
    const Value path = guest.put_path("f");
    const Value second = guest.put_second("g");
    const Value place = i32(WasiGuest::path_place);
    const Value second_place = i32(WasiGuest::second_path_place);
    for (const std::int32_t number : outsides) {
        const Value outside = i32(number);
        for (const char* each :
             {"path_create_directory", "path_remove_directory", "path_unlink_file"})
            EXPECT_EQ(guest.call(each, {i32(3), outside, i32(4)}), fault) << each;
        EXPECT_EQ(guest.call("path_open", {i32(3), i32(1), outside, i32(4), i32(0), i64(2), i64(0),
                                           i32(0), i32(0)}),
                  fault);
        EXPECT_EQ(guest.call("path_open", {i32(3), i32(1), place, path, i32(0), i64(2), i64(0),
                                           i32(0), outside}),
                  fault);
        EXPECT_EQ(guest.call("path_filestat_get", {i32(3), i32(1), outside, i32(4), i32(64)}),
                  fault);
        EXPECT_EQ(guest.call("path_filestat_get", {i32(3), i32(1), place, path, outside}), fault);
        EXPECT_EQ(guest.call("path_filestat_set_times",
                             {i32(3), i32(1), outside, i32(4), i64(0), i64(0), i32(1)}),
                  fault);
        EXPECT_EQ(guest.call("path_rename", {i32(3), place, path, i32(3), outside, i32(4)}), fault);
        EXPECT_EQ(guest.call("path_rename", {i32(3), outside, i32(4), i32(3), place, path}), fault);
        EXPECT_EQ(guest.call("path_link", {i32(3), i32(0), place, path, i32(3), outside, i32(4)}),
                  fault);
        EXPECT_EQ(guest.call("path_symlink", {outside, i32(4), i32(3), second_place, second}),
                  fault);
        EXPECT_EQ(guest.call("path_symlink", {place, path, i32(3), outside, i32(4)}), fault);
        EXPECT_EQ(guest.call("path_readlink", {i32(3), place, path, outside, i32(9), i32(0)}),
                  fault);
        EXPECT_EQ(guest.call("path_readlink", {i32(3), place, path, i32(64), i32(9), outside}),
                  fault);
    }
    EXPECT_EQ(guest.open("f"), 4);  // what failed left nothing open
}

}  // namespace
}  // namespace sluice::wasm
