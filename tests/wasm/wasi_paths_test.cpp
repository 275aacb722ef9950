#include "wasi_guest.hpp"

#include <algorithm>
#include <set>

namespace sluice::wasm {
namespace {

using namespace wasi_errno;
using testing::ElementsAre;

std::vector<std::string> names(const std::vector<GuestEntry>& entries) {
    std::vector<std::string> found;
    for (const GuestEntry& each : entries) found.push_back(each.name);
    std::ranges::sort(found);
    return found;
}

TEST(WasiPaths, MakeAndRemoveDirectories) {
    const FolderWithOutside files;
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.make_directory("a"), success);
    EXPECT_EQ(guest.make_directory("a/b/"), success);
    EXPECT_EQ(guest.make_directory("a"), exist);
    EXPECT_EQ(guest.make_directory("a/b/.."), exist);
    EXPECT_EQ(guest.make_directory("none/b"), noent);
    EXPECT_TRUE(std::filesystem::is_directory(files.at("a/b")));
    EXPECT_EQ(guest.remove_directory("a"), notempty);
    EXPECT_EQ(guest.remove_directory("a/b"), success);
    EXPECT_EQ(guest.remove_directory("a/"), success);
    EXPECT_EQ(guest.remove_directory("a"), noent);
    EXPECT_EQ(guest.remove_directory("."), inval);
}

TEST(WasiPaths, RemoveFiles) {
    const FolderWithOutside files;
    files.put("f", "");
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.unlink("f/"), notdir);
    EXPECT_EQ(guest.remove_directory("f"), notdir);
    EXPECT_EQ(guest.unlink("."), isdir);
    EXPECT_EQ(guest.unlink("f"), success);
    EXPECT_EQ(guest.unlink("f"), noent);
    EXPECT_EQ(guest.make_directory("d"), success);
    EXPECT_EQ(guest.unlink("d"), isdir);
    EXPECT_EQ(guest.unlink(""), noent);
}

TEST(WasiPaths, KeepARemovedFileUntilItIsClosed) {
    const FolderWithOutside files;
    files.put("f", "text");
    WasiGuest guest(files.options());
    const int fd = guest.open("f");
    EXPECT_EQ(guest.unlink("f"), success);
    EXPECT_EQ(guest.stat(fd).links, 0U);
    EXPECT_EQ(guest.read(fd), "text");
}

TEST(WasiPaths, RenameFilesAndDirectories) {
    const FolderWithOutside files;
    files.put("f", "text");
    files.put("g", "other");
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.make_directory("d"), success);
    EXPECT_EQ(guest.rename("f", "d/f"), success);
    EXPECT_EQ(files.text("d/f"), "text");
    EXPECT_EQ(guest.rename("d/f", "g"), success);
    EXPECT_EQ(files.text("g"), "text");
    EXPECT_EQ(guest.rename("d/", "e/"), success);
    EXPECT_TRUE(std::filesystem::is_directory(files.at("e")));
    EXPECT_EQ(guest.rename("none", "x"), noent);
    EXPECT_EQ(guest.rename("g/", "x"), notdir);
    EXPECT_EQ(guest.rename("g", "x/"), notdir);
    EXPECT_EQ(guest.rename("e", "e/x"), inval);
}

TEST(WasiPaths, RenameAndLinkBetweenFolders) {
    const FolderWithOutside files;
    std::filesystem::create_directories(files.at("one"));
    std::filesystem::create_directories(files.at("two"));
    files.put("one/f", "text");
    WasiGuest guest({.folders = {{.host = files.at("one"), .guest = "/one"},
                                 {.host = files.at("two"), .guest = "/two"}}});
    EXPECT_EQ(guest.rename("f", "g", 3, 4), success);
    EXPECT_EQ(files.text("two/g"), "text");
    EXPECT_EQ(guest.link("g", "h", 4, 3), success);
    EXPECT_EQ(files.text("one/h"), "text");
}

TEST(WasiPaths, LinkFiles) {
    const FolderWithOutside files;
    files.put("f", "text");
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.link("f", "g"), success);
    EXPECT_EQ(guest.stat("g").links, 2U);
    EXPECT_EQ(guest.link("f", "g"), exist);
    EXPECT_EQ(guest.link("f", "h/"), noent);
    EXPECT_EQ(
        guest.call("path_link", {i32(3), i32(1), i32(WasiGuest::path_place), guest.put_path("f"),
                                 i32(3), i32(WasiGuest::second_path_place), guest.put_second("h")}),
        inval);
}

TEST(WasiPaths, FollowSymbolicLinksInside) {
    const FolderWithOutside files;
    std::filesystem::create_directories(files.at("d/e"));
    files.put("d/f", "text");
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.symlink("d/f", "l"), success);
    EXPECT_EQ(guest.symlink("../f", "d/e/up"), success);
    EXPECT_EQ(guest.symlink("d", "dir"), success);
    EXPECT_EQ(guest.symlink("d", "dir"), exist);
    EXPECT_EQ(guest.symlink("d", "new/"), noent);
    EXPECT_EQ(guest.readlink("l"), "d/f");
    EXPECT_EQ(guest.readlink("l", 2), "d/");
    EXPECT_EQ(guest.readlink("d/f"), "errno 28");
    EXPECT_EQ(guest.read(guest.open("l")), "text");
    EXPECT_EQ(guest.read(guest.open("d/e/up")), "text");
    EXPECT_EQ(guest.read(guest.open("dir/e/up")), "text");
    EXPECT_EQ(guest.open("l", {.lookup = 0}), -loop);
    EXPECT_EQ(guest.stat("l").type, 4);
    EXPECT_EQ(guest.stat("l", 0).type, 7);
    EXPECT_EQ(guest.set_times("l", 0, 1'000'000'000, 4, 0), success);
    EXPECT_EQ(guest.stat("l", 0).modified, 1'000'000'000U);
    EXPECT_NE(guest.stat("l").modified, 1'000'000'000U);
    EXPECT_EQ(guest.unlink("l"), success);
    EXPECT_EQ(files.text("d/f"), "text");
}

TEST(WasiPaths, GiveUpOnLinksInACircle) {
    const FolderWithOutside files;
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.symlink("b", "a"), success);
    EXPECT_EQ(guest.symlink("a", "b"), success);
    EXPECT_EQ(guest.open("a"), -loop);
    EXPECT_EQ(guest.stat("a/x").error, loop);
}

TEST(WasiPaths, CreateWhatADanglingLinkNames) {
    const FolderWithOutside files;
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.symlink("target", "l"), success);
    EXPECT_EQ(guest.open("l"), -noent);
    EXPECT_EQ(guest.open("l", {.flags = create | exclusive, .rights = all_rights}), -exist);
    const int fd = guest.open("l", {.flags = create, .rights = all_rights});
    EXPECT_EQ(guest.write(fd, "text"), 4);
    EXPECT_EQ(files.text("target"), "text");
}

TEST(WasiPaths, StartAtOpenedDirectories) {
    const FolderWithOutside files;
    std::filesystem::create_directories(files.at("d/e"));
    files.put("d/e/f", "text");
    WasiGuest guest(files.options());
    const int d = guest.open("d", {.flags = directory});
    EXPECT_EQ(guest.read(guest.open("e/f", {.folder = d})), "text");
    EXPECT_EQ(guest.open("e/../../d", {.folder = d}), -perm);
    EXPECT_EQ(guest.on_path("path_create_directory", "new", d), success);
    EXPECT_TRUE(std::filesystem::is_directory(files.at("d/new")));
    EXPECT_EQ(guest.open("d/e/f", {.flags = directory}), -notdir);
    const int f = guest.open("d/e/f");
    EXPECT_EQ(guest.open("x", {.folder = f}), -notdir);
    EXPECT_EQ(guest.open("x", {.folder = 0}), -badf);
    EXPECT_EQ(guest.open("x", {.folder = 77}), -badf);
    EXPECT_EQ(guest.call("fd_prestat_get", {i32(d), i32(64)}), badf);
}

TEST(WasiPaths, MustBeTextOfReasonableLength) {
    const FolderWithOutside files;
    files.put("f", "");
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.open(std::string_view("f\0g", 3)), -inval);
    EXPECT_EQ(guest.open(""), -noent);
    EXPECT_EQ(guest.open(std::string(300, 'x')), -nametoolong);
    EXPECT_EQ(guest.open(std::string(5000, '/')), -nametoolong);
    EXPECT_EQ(guest.open("f", {.flags = 16}), -inval);
    EXPECT_EQ(guest.open("f", {.descriptor_flags = 32}), -inval);
    EXPECT_EQ(guest.open("f", {.flags = create | directory}), -inval);
}

TEST(WasiPaths, ListADirectory) {
    const FolderWithOutside files;
    files.put("file", "");
    std::filesystem::create_directory(files.at("dir"));
    std::filesystem::create_symlink("file", files.at("link"));
    WasiGuest guest(files.options());
    std::vector<GuestEntry> entries = guest.list(3);
    EXPECT_THAT(names(entries), ElementsAre(".", "..", "dir", "file", "link"));
    std::ranges::sort(entries, {}, &GuestEntry::name);
    EXPECT_EQ(entries[0].type, 3);
    EXPECT_EQ(entries[1].inode, entries[0].inode);  // nothing is told of what is above
    EXPECT_EQ(entries[2].type, 3);
    EXPECT_EQ(entries[3].type, 4);
    EXPECT_EQ(entries[4].type, 7);
    EXPECT_EQ(guest.list_once(guest.open("file"), 100, 0), -notdir);
    EXPECT_EQ(guest.list_once(0, 100, 0), -badf);
    EXPECT_EQ(guest.list_once(3, 100, UINT64_MAX), -inval);
}

TEST(WasiPaths, ListMoreEntriesThanOneBufferHolds) {
    const FolderWithOutside files;
    std::vector<std::string> expected{".", ".."};
    for (int i = 0; i < 500; ++i) {
        expected.push_back(fmt::format("file-with-a-name-{:03}", i));
        files.put(expected.back(), "");
    }
    WasiGuest guest(files.options());
    for (const std::int32_t room : {64, 100, 1000, 4096, 65'536})
        EXPECT_EQ(names(guest.list(3, room)), expected) << room;
    // From a cookie in the middle, twice the same.
    const std::vector<GuestEntry> all = guest.list(3);
    for (int twice = 0; twice < 2; ++twice) {
        ASSERT_GT(guest.list_once(3, 64, all[250].next), 24);
        EXPECT_EQ(guest.at<std::uint64_t>(WasiGuest::buffer), all[251].next);
    }
    EXPECT_EQ(guest.list_once(3, 10, 0), 10);
    EXPECT_EQ(guest.list_once(3, 0, 0), 0);
}

}  // namespace
}  // namespace sluice::wasm
