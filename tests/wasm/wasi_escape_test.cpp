#include "wasi_guest.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <stop_token>
#include <thread>

namespace sluice::wasm {
namespace {

using namespace wasi_errno;

/// A folder full of ways out: links that the host made. None leads to more than the test's files.
class FolderWithHoles : public FolderWithOutside {
  public:
    FolderWithHoles() {
        namespace fs = std::filesystem;
        fs::create_directories(at("inner/deep"));
        put("inner/f", "inside");
        fs::create_symlink(outside(), at("absolute"));
        fs::create_symlink("../outside", at("out"));
        fs::create_symlink("../outside/secret", at("out_file"));
        fs::create_symlink(outside() / "secret", at("out_file_absolute"));
        fs::create_symlink("chain2", at("chain1"));
        fs::create_symlink("inner/chain3", at("chain2"));
        fs::create_symlink("../out", at("inner/chain3"));
        fs::create_symlink("inner/deep", at("in"));
        fs::create_symlink("/proc/self/root" + outside().string(), at("magic"));
        fs::create_symlink("../outside/new", at("out_new"));
    }

    /// Paths whose last name stands outside.
    std::vector<std::string> ways_out() const {
        const std::string far = outside().string();
        return {"../outside/secret",
                "../secret",
                "..",
                "../..",
                "../folder/inner/f",
                far + "/secret",
                "/" + far + "/secret",
                far,
                "absolute/secret",
                "out/secret",
                "out/none",
                "chain1/secret",
                "inner/../../outside/secret",
                "in/../../../outside/secret",
                "in/../../..",
                "inner/deep/../../../outside/secret",
                "./../outside/secret",
                "magic/secret",
                "inner//..//../outside/secret",
                "out/../folder/inner/f"};
    }
};

TEST(WasiEscape, OfEveryWayOutAnswersPerm) {
    const FolderWithHoles files;
    WasiGuest guest(files.options());
    for (const std::string& way : files.ways_out()) {
        SCOPED_TRACE(way);
        EXPECT_EQ(guest.open(way), -perm);
        EXPECT_EQ(guest.open(way, {.lookup = 0}), -perm);
        EXPECT_EQ(guest.open(way, {.flags = directory}), -perm);
        EXPECT_EQ(guest.open(way, {.flags = create, .rights = all_rights}), -perm);
        EXPECT_EQ(guest.open(way, {.flags = create | exclusive, .rights = all_rights}), -perm);
        EXPECT_EQ(guest.open(way, {.flags = truncate, .rights = all_rights}), -perm);
        EXPECT_EQ(guest.stat(way).error, perm);
        EXPECT_EQ(guest.stat(way, 0).error, perm);
        EXPECT_EQ(guest.set_times(way, 0, 0, 5), perm);
        EXPECT_EQ(guest.make_directory(way), perm);
        EXPECT_EQ(guest.remove_directory(way), perm);
        EXPECT_EQ(guest.unlink(way), perm);
        EXPECT_EQ(guest.rename(way, "taken"), perm);
        EXPECT_EQ(guest.rename("inner/f", way), perm);
        EXPECT_EQ(guest.link(way, "taken"), perm);
        EXPECT_EQ(guest.link("inner/f", way), perm);
        EXPECT_EQ(guest.symlink("inner/f", way), perm);
        EXPECT_EQ(guest.readlink(way), "errno 63");
    }
    EXPECT_EQ(files.text("inner/f"), "inside");
    EXPECT_EQ(files.text("../outside/secret"), "secret");
    EXPECT_FALSE(std::filesystem::exists(files.at("taken")));
}

TEST(WasiEscape, OfLinksAtTheEndAnswersPerm) {
    const FolderWithHoles files;
    WasiGuest guest(files.options());
    for (const std::string_view link : {"absolute", "out", "out_file", "out_file_absolute",
                                        "chain1", "chain2", "out_new", "magic"}) {
        SCOPED_TRACE(link);
        EXPECT_EQ(guest.open(link), -perm);
        EXPECT_EQ(guest.open(link, {.lookup = 0}), -loop);
        EXPECT_EQ(guest.open(link, {.flags = create, .rights = all_rights}), -perm);
        EXPECT_EQ(guest.open(link, {.flags = truncate, .rights = all_rights}), -perm);
        EXPECT_EQ(guest.stat(link).error, perm);
        EXPECT_EQ(guest.stat(link, 0).type, 7);
        EXPECT_EQ(guest.set_times(link, 0, 0, 5), perm);
        EXPECT_EQ(guest.make_directory(link), exist);
        EXPECT_EQ(guest.remove_directory(link), notdir);
        EXPECT_EQ(guest.open(std::string(link) + "/"), -perm);
        EXPECT_EQ(guest.unlink(std::string(link) + "/"), notdir);
        EXPECT_EQ(guest.stat(std::string(link) + "/", 0).error, perm);
    }
    EXPECT_EQ(guest.readlink("out_file"), "../outside/secret");
    EXPECT_EQ(guest.readlink("absolute"), "errno 63");
    EXPECT_FALSE(std::filesystem::exists(files.outside() / "new"));
    EXPECT_EQ(files.text("../outside/secret"), "secret");
}

TEST(WasiEscape, ToTheSystemsFilesAnswersPerm) {
    const FolderWithOutside files;
    std::filesystem::create_symlink("/etc", files.at("etc"));
    std::filesystem::create_symlink("/", files.at("root"));
    std::filesystem::create_symlink("/proc/self/fd", files.at("fd"));
    WasiGuest guest(files.options());
    for (const std::string_view way : {"/", "/etc/passwd", "etc", "etc/passwd", "root/etc/passwd",
                                       "fd/0", "root/proc/self/mem"}) {
        EXPECT_EQ(guest.open(way), -perm) << way;
        EXPECT_EQ(guest.stat(way).error, perm) << way;
    }
}

TEST(WasiEscape, ActsOnLinksAndNotOnWhatTheyName) {
    const FolderWithHoles files;
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.rename("out_file", "moved"), success);
    EXPECT_EQ(guest.link("moved", "inner/linked"), success);
    EXPECT_EQ(guest.open("inner/linked"), -noent);  // one level deeper, it names something inside
    EXPECT_EQ(guest.stat("inner/linked", 0).type, 7);
    EXPECT_EQ(guest.unlink("moved"), success);
    EXPECT_EQ(guest.unlink("out"), success);
    EXPECT_EQ(files.text("../outside/secret"), "secret");
}

TEST(WasiEscape, ThroughLinksOfTheGuestsOwnAnswersPerm) {
    const FolderWithOutside files;
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.symlink(files.outside().string(), "l"), perm);
    EXPECT_EQ(guest.symlink("/", "l"), perm);
    EXPECT_EQ(guest.stat("l", 0).error, noent);
    EXPECT_EQ(guest.symlink("../outside", "l"), success);
    EXPECT_EQ(guest.open("l/secret"), -perm);
    EXPECT_EQ(guest.open("l"), -perm);
    // Right where it was made, wrong where it is moved to.
    EXPECT_EQ(guest.make_directory("a"), success);
    EXPECT_EQ(guest.make_directory("a/b"), success);
    EXPECT_EQ(guest.symlink("../..", "a/b/up"), success);
    EXPECT_EQ(guest.stat("a/b/up").type, 3);
    EXPECT_EQ(guest.rename("a/b/up", "up"), success);
    EXPECT_EQ(guest.stat("up").error, perm);
    EXPECT_EQ(guest.open("up/../outside/secret"), -perm);
}

TEST(WasiEscape, ByMovingAnOpenDirectoryFails) {
    const FolderWithOutside files;
    std::filesystem::create_directories(files.at("a/b/c"));
    WasiGuest guest(files.options());
    const int c = guest.open("a/b/c", {.flags = directory});
    EXPECT_EQ(guest.rename("a/b/c", "c"), success);
    EXPECT_EQ(guest.open("..", {.folder = c}), -perm);
    EXPECT_EQ(guest.open("../../outside/secret", {.folder = c}), -perm);
}

TEST(WasiEscape, ByExchangingADirectoryForALinkFails) {
    const FolderWithOutside files;
    std::filesystem::create_directory(files.at("d"));
    files.put("d/secret", "inside");
    std::filesystem::create_symlink("../outside", files.at("l"));
    const std::jthread exchanger([d = files.at("d"), l = files.at("l")](std::stop_token stop) {
        while (!stop.stop_requested())
            ::syscall(SYS_renameat2, AT_FDCWD, d.c_str(), AT_FDCWD, l.c_str(), RENAME_EXCHANGE);
    });
    WasiGuest guest(files.options());
    int inside = 0;
    int refused = 0;
    for (int i = 0; i < 100'000 && (i < 3000 || inside == 0 || refused == 0); ++i) {
        const int fd = guest.open("d/secret");
        if (fd < 0) {
            ++refused;
            continue;
        }
        ++inside;
        ASSERT_EQ(guest.read(fd), "inside");
        guest.close(fd);
    }
    EXPECT_GT(inside, 0);
    EXPECT_GT(refused, 0);
}

TEST(WasiEscape, LeavesSpecialFilesClosed) {
    const FolderWithOutside files;
    ASSERT_EQ(::mkfifo(files.at("fifo").c_str(), 0666), 0);
    std::filesystem::create_symlink("fifo", files.at("link"));
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    files.at("socket").string().copy(std::data(address.sun_path), std::size(address.sun_path) - 1);
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::close(listener);
    std::vector<std::string> special{"link", "fifo", "socket"};
    if (::mknod(files.at("null").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0)
        special.emplace_back("null");
    WasiGuest guest(files.options());
    for (const std::string& name : special) {
        SCOPED_TRACE(name);
        EXPECT_EQ(guest.open(name), -perm);
        EXPECT_EQ(guest.open(name, {.rights = 1 << 6}), -perm);
        EXPECT_EQ(guest.open(name, {.rights = all_rights}), -perm);
        EXPECT_EQ(guest.open(name, {.flags = create | truncate, .rights = all_rights}), -perm);
        EXPECT_EQ(guest.stat(name).error, success);
        EXPECT_EQ(guest.unlink(name), success);
    }
}

TEST(WasiReadOnly, LetsFilesBeRead) {
    const FolderWithHoles files;
    WasiGuest guest(files.read_only());
    const int fd = guest.open("inner/f");
    EXPECT_EQ(guest.read(fd), "inside");
    EXPECT_EQ(guest.seek(fd, 0, 0), 0);
    EXPECT_EQ(guest.stat("inner/f").size, 6U);
    EXPECT_EQ(guest.readlink("in"), "inner/deep");
    const int inner = guest.open("inner", {.flags = directory});
    EXPECT_EQ(guest.list(inner).size(), 5U);
    EXPECT_EQ(guest.read(guest.open("f", {.folder = inner})), "inside");
}

TEST(WasiReadOnly, RefusesEveryChange) {
    const FolderWithHoles files;
    WasiGuest guest(files.read_only());
    EXPECT_EQ(guest.open("inner/f", {.rights = 1 << 6}), -perm);
    EXPECT_EQ(guest.open("inner/f", {.rights = all_rights}), -perm);
    EXPECT_EQ(guest.open("inner/f", {.flags = truncate}), -perm);
    EXPECT_EQ(guest.open("inner/f", {.flags = create}), -perm);
    EXPECT_EQ(guest.open("new", {.flags = create, .rights = all_rights}), -perm);
    EXPECT_EQ(guest.make_directory("new"), perm);
    EXPECT_EQ(guest.remove_directory("inner/deep"), perm);
    EXPECT_EQ(guest.unlink("inner/f"), perm);
    EXPECT_EQ(guest.rename("inner/f", "g"), perm);
    EXPECT_EQ(guest.link("inner/f", "g"), perm);
    EXPECT_EQ(guest.symlink("inner/f", "g"), perm);
    EXPECT_EQ(guest.set_times("inner/f", 0, 0, 5), perm);
    const int fd = guest.open("inner/f");
    EXPECT_EQ(guest.write(fd, "x"), -perm);
    EXPECT_EQ(guest.write_at(fd, "x", 0), -perm);
    EXPECT_EQ(guest.call("fd_filestat_set_size", {i32(fd), i64(0)}), perm);
    EXPECT_EQ(guest.call("fd_allocate", {i32(fd), i64(0), i64(100)}), perm);
    EXPECT_EQ(guest.call("fd_filestat_set_times", {i32(fd), i64(0), i64(0), i32(5)}), perm);
    EXPECT_EQ(guest.call("fd_filestat_set_times", {i32(3), i64(0), i64(0), i32(5)}), perm);
    const int inner = guest.open("inner", {.flags = directory, .rights = all_rights});
    EXPECT_EQ(guest.open("f", {.rights = all_rights, .folder = inner}), -perm);
    EXPECT_EQ(guest.on_path("path_create_directory", "new", inner), perm);
    EXPECT_EQ(files.text("inner/f"), "inside");
}

TEST(WasiReadOnly, LetsNothingOutByAnotherFolder) {
    const FolderWithOutside files;
    std::filesystem::create_directory(files.at("ro"));
    std::filesystem::create_directory(files.at("rw"));
    files.put("ro/f", "kept");
    files.put("rw/g", "text");
    WasiGuest guest({.folders = {{.host = files.at("ro"), .guest = "/ro", .read_only = true},
                                 {.host = files.at("rw"), .guest = "/rw"}}});
    EXPECT_EQ(guest.link("f", "f", 3, 4), perm);
    EXPECT_EQ(guest.rename("f", "f", 3, 4), perm);
    EXPECT_EQ(guest.link("g", "g", 4, 3), perm);
    EXPECT_EQ(guest.rename("g", "g", 4, 3), perm);
    EXPECT_EQ(guest.rename("g", "h", 4, 4), success);
    EXPECT_EQ(files.text("ro/f"), "kept");
}

}  // namespace
}  // namespace sluice::wasm
