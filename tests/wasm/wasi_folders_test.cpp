#include "wasi_guest.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <thread>

namespace sluice::wasm {
namespace {

using namespace wasi_errno;
using testing::HasSubstr;

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// What `get` gives with sizes from `sizes`, each text in brackets.
std::string texts(WasiGuest& guest, std::string_view sizes, std::string_view get) {
    EXPECT_EQ(guest.call(sizes, {i32(0), i32(4)}), success);
    const auto count = guest.at<std::int32_t>(0);
    const auto bytes = guest.at<std::uint32_t>(4);
    EXPECT_EQ(guest.call(get, {i32(64), i32(WasiGuest::buffer)}), success);
    std::string found = fmt::format("{} in {}:", count, bytes);
    for (int i = 0; i < count; ++i) {
        const auto at = guest.at<std::uint32_t>(64 + 4 * i);
        found +=
            fmt::format(" [{}]", reinterpret_cast<const char*>(&guest.instance().memory()[at]));
    }
    return found;
}

/// Makes openat2 unknown to the calling thread, as on a kernel before Linux 5.6.
bool forget_openat2() {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = std::size(filter), .filter = filter};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(WasiFolders, AreToldToTheGuestInTheirOrder) {
    const FolderWithOutside files;
    WasiGuest guest({.folders = {{.host = files.folder(), .guest = "/data"},
                                 {.host = files.outside(), .guest = ""}}});
    for (const auto& [fd, name] : {std::pair{3, "/data"}, {4, ""}}) {
        const std::string_view expected = name;
        EXPECT_EQ(guest.call("fd_prestat_get", {i32(fd), i32(64)}), success);
        EXPECT_EQ(guest.at<std::uint32_t>(64), 0U);
        EXPECT_EQ(guest.at<std::uint32_t>(68), expected.size());
        EXPECT_EQ(guest.call("fd_prestat_dir_name",
                             {i32(fd), i32(128), i32(static_cast<int>(expected.size()))}),
                  success);
        EXPECT_EQ(guest.text(128, static_cast<std::uint32_t>(expected.size())), expected);
    }
    EXPECT_EQ(guest.call("fd_prestat_get", {i32(5), i32(64)}), badf);
    EXPECT_EQ(guest.call("fd_prestat_dir_name", {i32(3), i32(128), i32(4)}), nametoolong);
}

TEST(WasiFolders, GiveTheirFilesEveryRight) {
    const FolderWithOutside files;
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.call("fd_fdstat_get", {i32(3), i32(64)}), success);
    EXPECT_EQ(guest.at<std::uint8_t>(64), 3);
    constexpr std::uint64_t read_and_write = 1 << 1 | 1 << 6;
    EXPECT_EQ(guest.at<std::uint64_t>(72) & read_and_write, 0U);
    EXPECT_EQ(guest.at<std::uint64_t>(80) & read_and_write, read_and_write);
}

TEST(WasiFolders, AreClosedWithTheInstance) {
    const FolderWithOutside files;
    files.put("f", "");
    const std::size_t before = open_descriptors();
    {
        WasiGuest guest(files.options());
        EXPECT_EQ(guest.open("f"), 4);
        EXPECT_EQ(guest.open("."), 5);
        EXPECT_GE(open_descriptors(), before + 3);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(WasiFolders, ShareNothingBetweenInstances) {
    const FolderWithOutside files;
    files.put("f", "text");
    WasiGuest one(files.options());
    WasiGuest other(files.options());
    EXPECT_EQ(one.open("f"), 4);
    EXPECT_EQ(other.read(4), "errno 8");
    EXPECT_EQ(other.open("f"), 4);
    EXPECT_EQ(one.read(4, 2), "te");
    EXPECT_EQ(other.read(4), "text");
    EXPECT_EQ(one.close(3), success);
    EXPECT_EQ(one.open("f"), -badf);
    EXPECT_EQ(other.open("f"), 5);
}

TEST(WasiFolders, HaveToBeThereWhenTheInstanceIsMade) {
    const FolderWithOutside files;
    files.put("f", "");
    const std::string missing = files.at("none").string();
    const std::string file = files.at("f").string();
    EXPECT_ERROR_SAYING(WasiGuest({.folders = {{.host = missing, .guest = "/"}}}),
                        ErrorCode::unavailable,
                        "folder \"" + missing + "\": No such file or directory");
    EXPECT_ERROR_SAYING(WasiGuest({.folders = {{.host = file, .guest = "/"}}}),
                        ErrorCode::unavailable, "folder \"" + file + "\": Not a directory");
}

TEST(WasiFolders, AreRefusedWhereTheKernelCannotKeepPathsInside) {
    const FolderWithOutside files;
    bool forgotten = false;
    std::thread([&] {
        forgotten = forget_openat2();
        if (!forgotten) return;
        EXPECT_ERROR_SAYING(WasiGuest(files.options()), ErrorCode::unavailable,
                            HasSubstr("no openat2"));
        EXPECT_NO_THROW(WasiGuest());
    }).join();
    if (!forgotten) GTEST_SKIP() << "no seccomp here";
}

TEST(WasiFolders, KeepAtMost256DescriptorsOpen) {
    const FolderWithOutside files;
    files.put("f", "");
    WasiGuest guest(files.options());
    for (int fd = 4; fd < 3 + 256; ++fd) ASSERT_EQ(guest.open("f"), fd);
    EXPECT_EQ(guest.open("f"), -nfile);
    EXPECT_EQ(guest.open("new", {.flags = create, .rights = all_rights}), -nfile);
    EXPECT_FALSE(std::filesystem::exists(files.at("new")));
    EXPECT_EQ(guest.close(100), success);
    EXPECT_EQ(guest.open("f"), 100);
    EXPECT_EQ(guest.open("f"), -nfile);
    EXPECT_EQ(guest.call("fd_renumber", {i32(100), i32(101)}), success);
    EXPECT_EQ(guest.open("f"), 100);
    EXPECT_EQ(guest.open("f"), -nfile);
}

TEST(WasiFolders, AreAtMost256) {
    const FolderWithOutside files;
    EXPECT_ERROR(WasiGuest({.folders = std::vector<Folder>(257, {files.folder(), "/"})}),
                 ErrorCode::invalid_input);
}

TEST(WasiStreams, HandOutArgumentsAndEnvironment) {
    WasiGuest guest({.arguments = {"tool", "", "two words"}, .environment = {"A=1", "EMPTY="}});
    EXPECT_EQ(texts(guest, "args_sizes_get", "args_get"), "3 in 16: [tool] [] [two words]");
    EXPECT_EQ(texts(guest, "environ_sizes_get", "environ_get"), "2 in 11: [A=1] [EMPTY=]");
    for (const std::int32_t outside : {WasiGuest::memory_bytes - 3, -1, -4}) {
        EXPECT_EQ(guest.call("args_get", {i32(outside), i32(64)}), fault);
        EXPECT_EQ(guest.call("environ_get", {i32(64), i32(outside)}), fault);
    }
}

TEST(WasiStreams, GiveTheInputToItsEnd) {
    WasiGuest guest({.input = "first line\nsecond"});
    EXPECT_EQ(guest.read(0, 6), "first ");
    guest.put(WasiGuest::vectors, std::array<std::uint32_t, 4>{20'000, 3, 30'000, 100});
    EXPECT_EQ(guest.call("fd_read", {i32(0), i32(-4), i32(1), i32(0)}), fault);
    EXPECT_EQ(guest.call("fd_read", {i32(0), i32(WasiGuest::vectors), i32(2), i32(-1)}), fault);
    EXPECT_EQ(guest.call("fd_read", {i32(0), i32(WasiGuest::vectors), i32(2), i32(0)}), success);
    EXPECT_EQ(guest.at<std::uint32_t>(0), 11U);
    EXPECT_EQ(guest.text(20'000, 3) + guest.text(30'000, 8), "line\nsecond");
    EXPECT_EQ(guest.read(0), "");
    EXPECT_EQ(guest.seek(0, 0, 0), -spipe);
}

TEST(WasiStreams, HaveNoInputByDefault) {
    WasiGuest guest;
    EXPECT_EQ(guest.read(0), "");
    EXPECT_EQ(guest.read(1), "errno 8");
    EXPECT_EQ(guest.open("f"), -badf);
}

}  // namespace
}  // namespace sluice::wasm
