#include "wasi_guest.hpp"

#include <algorithm>

namespace sluice::wasm {
namespace {

using namespace wasi_errno;

TEST(WasiFiles, ReadsAFileToItsEnd) {
    const FolderWithOutside files;
    files.put("poem", "roses are red");
    WasiGuest guest(files.options());
    const int fd = guest.open("poem");
    EXPECT_EQ(fd, 4);
    EXPECT_EQ(guest.read(fd, 5), "roses");
    EXPECT_EQ(guest.read(fd), " are red");
    EXPECT_EQ(guest.read(fd), "");
    EXPECT_EQ(guest.close(fd), success);
    EXPECT_EQ(guest.close(fd), badf);
    EXPECT_EQ(guest.read(fd), "errno 8");
}

TEST(WasiFiles, WritesWhatItCreates) {
    const FolderWithOutside files;
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.open("new"), -noent);
    const int fd = guest.open("new", {.flags = create | exclusive, .rights = all_rights});
    EXPECT_EQ(guest.write(fd, "one "), 4);
    EXPECT_EQ(guest.write(fd, "two"), 3);
    EXPECT_EQ(guest.call("fd_sync", {i32(fd)}), success);
    EXPECT_EQ(guest.call("fd_datasync", {i32(fd)}), success);
    EXPECT_EQ(files.text("new"), "one two");
    EXPECT_EQ(guest.open("new", {.flags = create | exclusive, .rights = all_rights}), -exist);
}

TEST(WasiFiles, ReadsAndWritesSeveralVectorsAtOnce) {
    const FolderWithOutside files;
    files.put("f", "abcdef");
    WasiGuest guest(files.options());
    const int fd = guest.open("f", {.rights = all_rights});
    guest.put(WasiGuest::vectors, std::array<std::uint32_t, 6>{20'000, 2, 30'000, 0, 40'000, 3});
    EXPECT_EQ(guest.call("fd_read", {i32(fd), i32(WasiGuest::vectors), i32(3), i32(0)}), success);
    EXPECT_EQ(guest.at<std::uint32_t>(0), 5U);
    EXPECT_EQ(guest.text(20'000, 2) + guest.text(40'000, 3), "abcde");
    EXPECT_EQ(guest.call("fd_write", {i32(fd), i32(WasiGuest::vectors), i32(3), i32(0)}), success);
    EXPECT_EQ(files.text("f"), "abcdeabcde");
}

TEST(WasiFiles, AppendsWhereverItStands) {
    const FolderWithOutside files;
    files.put("log", "first\n");
    WasiGuest guest(files.options());
    const int fd = guest.open("log", {.rights = all_rights, .descriptor_flags = 1});
    EXPECT_EQ(guest.write(fd, "second\n"), 7);
    EXPECT_EQ(guest.tell(fd), 13);
    EXPECT_EQ(guest.seek(fd, 0, 0), 0);
    EXPECT_EQ(guest.write(fd, "third\n"), 6);
    EXPECT_EQ(guest.write_at(fd, "FIRST", 0), 5);
    EXPECT_EQ(files.text("log"), "FIRST\nsecond\nthird\n");
}

TEST(WasiFiles, ChangesTheFlagsOfAnOpenFile) {
    const FolderWithOutside files;
    files.put("log", "abc");
    WasiGuest guest(files.options());
    const int fd = guest.open("log", {.rights = all_rights});
    for (const int flags : {1, 2, 16, 1 | 8 | 16, 4}) {
        EXPECT_EQ(guest.call("fd_fdstat_set_flags", {i32(fd), i32(flags)}), success);
        EXPECT_EQ(guest.call("fd_fdstat_get", {i32(fd), i32(64)}), success);
        EXPECT_EQ(guest.at<std::uint16_t>(66), flags);
        EXPECT_EQ(guest.seek(fd, 0, 0), 0);
        EXPECT_EQ(guest.write(fd, "x"), 1);
    }
    EXPECT_EQ(files.text("log"), "xbcxx");
    EXPECT_EQ(guest.call("fd_fdstat_set_flags", {i32(fd), i32(32)}), inval);
}

TEST(WasiFiles, TruncatesAndGrowsFiles) {
    const FolderWithOutside files;
    files.put("f", "long text");
    WasiGuest guest(files.options());
    EXPECT_GT(guest.open("f", {.flags = truncate, .rights = all_rights}), 0);
    EXPECT_EQ(files.text("f"), "");
    const int fd = guest.open("f", {.rights = all_rights});
    EXPECT_EQ(guest.write(fd, "abcdef"), 6);
    EXPECT_EQ(guest.call("fd_filestat_set_size", {i32(fd), i64(3)}), success);
    EXPECT_EQ(files.text("f"), "abc");
    EXPECT_EQ(guest.call("fd_filestat_set_size", {i32(fd), i64(5)}), success);
    EXPECT_EQ(files.text("f"), std::string_view("abc\0\0", 5));
    EXPECT_EQ(guest.call("fd_filestat_set_size", {i32(fd), i64(-1)}), inval);
    EXPECT_EQ(guest.call("fd_allocate", {i32(fd), i64(0), i64(4096)}), success);
    EXPECT_EQ(guest.stat(fd).size, 4096U);
    EXPECT_EQ(guest.call("fd_allocate", {i32(fd), i64(0), i64(1LL << 40)}), fbig);
    EXPECT_EQ(guest.call("fd_allocate", {i32(fd), i64(0), i64(0)}), inval);
}

TEST(WasiFiles, SeeksAndReadsAtPositions) {
    const FolderWithOutside files;
    files.put("f", "0123456789");
    WasiGuest guest(files.options());
    const int fd = guest.open("f", {.rights = all_rights});
    EXPECT_EQ(guest.seek(fd, 4, 0), 4);
    EXPECT_EQ(guest.seek(fd, -1, 1), 3);
    EXPECT_EQ(guest.read(fd, 2), "34");
    EXPECT_EQ(guest.tell(fd), 5);
    EXPECT_EQ(guest.seek(fd, -2, 2), 8);
    EXPECT_EQ(guest.read(fd), "89");
    EXPECT_EQ(guest.seek(fd, 100, 0), 100);
    EXPECT_EQ(guest.read(fd), "");
    EXPECT_EQ(guest.seek(fd, -1, 0), -inval);
    EXPECT_EQ(guest.seek(fd, 0, 3), -inval);
    EXPECT_EQ(guest.seek(fd, 1, 0), 1);
    EXPECT_EQ(guest.read_at(fd, 3, 6), "678");
    EXPECT_EQ(guest.write_at(fd, "XY", 8), 2);
    EXPECT_EQ(guest.tell(fd), 1);
    EXPECT_EQ(guest.read_at(fd, 3, -1), "errno 28");
    EXPECT_EQ(guest.write_at(fd, "XY", -1), -inval);
    EXPECT_EQ(files.text("f"), "01234567XY");
}

TEST(WasiFiles, MovesAtMostSixteenMegabytesACall) {
    const FolderWithOutside files;
    WasiGuest guest(files.options());
    ASSERT_TRUE(guest.instance().grow_memory(400));
    const int fd = guest.open("f", {.flags = create, .rights = all_rights});
    guest.put(WasiGuest::vectors, std::array<std::uint32_t, 4>{0, 10'000'000, 0, 10'000'000});
    EXPECT_EQ(guest.call("fd_write", {i32(fd), i32(WasiGuest::vectors), i32(2), i32(0)}), success);
    EXPECT_EQ(guest.at<std::uint32_t>(0), 16U << 20);
    EXPECT_EQ(guest.seek(fd, 0, 0), 0);
    guest.put(WasiGuest::vectors, std::array<std::uint32_t, 2>{1000, 20'000'000});
    EXPECT_EQ(guest.call("fd_read", {i32(fd), i32(WasiGuest::vectors), i32(1), i32(0)}), success);
    EXPECT_EQ(guest.at<std::uint32_t>(0), 16U << 20);
}

TEST(WasiFiles, ReadsAndWritesOnlyWhatItWasOpenedFor) {
    const FolderWithOutside files;
    files.put("f", "text");
    WasiGuest guest(files.options());
    constexpr std::int64_t write_only = 1 << 6;
    const int reader = guest.open("f");
    const int writer = guest.open("f", {.rights = write_only});
    EXPECT_EQ(guest.write(reader, "x"), -badf);
    EXPECT_EQ(guest.read(writer), "errno 8");
    EXPECT_EQ(guest.write(writer, "T"), 1);
    EXPECT_EQ(guest.read(reader), "Text");
}

TEST(WasiFiles, ReportsAndLessensRights) {
    const FolderWithOutside files;
    files.put("f", "text");
    WasiGuest guest(files.options());
    const int fd = guest.open("f", {.rights = all_rights});
    EXPECT_EQ(guest.call("fd_fdstat_get", {i32(fd), i32(64)}), success);
    EXPECT_EQ(guest.at<std::uint8_t>(64), 4);
    EXPECT_EQ(guest.at<std::uint64_t>(72), 0x8e0'01ffU);
    constexpr std::int64_t read_only = 1 << 1;
    EXPECT_EQ(guest.call("fd_fdstat_set_rights", {i32(fd), i64(read_only), i64(0)}), success);
    EXPECT_EQ(guest.write(fd, "x"), -badf);
    EXPECT_EQ(guest.read(fd), "text");
    EXPECT_EQ(guest.call("fd_fdstat_set_rights", {i32(fd), i64(all_rights), i64(0)}), notcapable);
}

TEST(WasiFiles, SaysWhatAFileIs) {
    const FolderWithOutside files;
    files.put("f", "12345");
    WasiGuest guest(files.options());
    const int fd = guest.open("f");
    for (const GuestStat& stat : {guest.stat(fd), guest.stat("f")}) {
        EXPECT_EQ(stat.error, success);
        EXPECT_EQ(stat.type, 4);
        EXPECT_EQ(stat.size, 5U);
        EXPECT_EQ(stat.links, 1U);
        EXPECT_GT(stat.modified, 1'700'000'000'000'000'000U);
    }
    EXPECT_EQ(guest.stat(3).type, 3);
    EXPECT_EQ(guest.stat(".").type, 3);
    EXPECT_EQ(guest.stat("none").error, noent);
    EXPECT_EQ(guest.stat("f/x").error, notdir);
}

TEST(WasiFiles, SetsTimes) {
    const FolderWithOutside files;
    files.put("f", "");
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.set_times("f", 1'000'000'007, 2'500'000'000, 1 | 4), success);
    EXPECT_EQ(guest.stat("f").accessed, 1'000'000'007U);
    EXPECT_EQ(guest.stat("f").modified, 2'500'000'000U);
    EXPECT_EQ(guest.set_times("f", 0, 0, 1), success);
    EXPECT_EQ(guest.stat("f").accessed, 0U);
    EXPECT_EQ(guest.stat("f").modified, 2'500'000'000U);
    const int fd = guest.open("f");
    EXPECT_EQ(guest.call("fd_filestat_set_times", {i32(fd), i64(0), i64(0), i32(8)}), success);
    EXPECT_GT(guest.stat(fd).modified, 1'700'000'000'000'000'000U);
    EXPECT_EQ(guest.set_times("f", 0, 0, 1 | 2), inval);
    EXPECT_EQ(guest.set_times("f", 0, 0, 4 | 8), inval);
    EXPECT_EQ(guest.set_times("f", 0, 0, 16), inval);
    EXPECT_EQ(guest.call("fd_filestat_set_times", {i32(fd), i64(0), i64(0), i32(3)}), inval);
}

TEST(WasiFiles, TakesAdvice) {
    const FolderWithOutside files;
    files.put("f", "text");
    WasiGuest guest(files.options());
    const int fd = guest.open("f");
    for (int advice = 0; advice < 6; ++advice)
        EXPECT_EQ(guest.call("fd_advise", {i32(fd), i64(0), i64(4), i32(advice)}), success);
    EXPECT_EQ(guest.call("fd_advise", {i32(fd), i64(0), i64(4), i32(6)}), inval);
    EXPECT_EQ(guest.call("fd_advise", {i32(fd), i64(-1), i64(4), i32(0)}), inval);
}

TEST(WasiFiles, HasNoContentInADirectory) {
    const FolderWithOutside files;
    WasiGuest guest(files.options());
    EXPECT_EQ(guest.read(3), "errno 8");
    EXPECT_EQ(guest.write(3, "x"), -badf);
    EXPECT_EQ(guest.seek(3, 0, 0), -badf);
    EXPECT_EQ(guest.tell(3), -badf);
    EXPECT_EQ(guest.call("fd_filestat_set_size", {i32(3), i64(0)}), badf);
    EXPECT_EQ(guest.call("fd_sync", {i32(3)}), success);
    EXPECT_EQ(guest.open(".", {.rights = all_rights}), -isdir);
    EXPECT_EQ(guest.open(".", {.flags = directory, .rights = all_rights}), 4);
}

TEST(WasiFiles, PutsAFileInThePlaceOfAnotherDescriptor) {
    const FolderWithOutside files;
    files.put("a", "a");
    files.put("b", "b");
    WasiGuest guest(files.options());
    const int a = guest.open("a");
    const int b = guest.open("b");
    EXPECT_EQ(guest.call("fd_renumber", {i32(a), i32(b)}), success);
    EXPECT_EQ(guest.read(b), "a");
    EXPECT_EQ(guest.read(a), "errno 8");
    EXPECT_EQ(guest.call("fd_renumber", {i32(a), i32(b)}), badf);
    EXPECT_EQ(guest.call("fd_renumber", {i32(b), i32(77)}), badf);
    EXPECT_EQ(guest.call("fd_renumber", {i32(b), i32(b)}), success);
    EXPECT_EQ(guest.open("b"), a);
}

TEST(WasiFiles, PutsAFileInThePlaceOfAStream) {
    const FolderWithOutside files;
    std::string printed;
    InstanceOptions options = files.options();
    options.output = [&](int, std::string_view text) { printed += text; };
    WasiGuest guest(std::move(options));
    EXPECT_EQ(guest.write(1, "to the stream"), 13);
    const int fd = guest.open("out", {.flags = create, .rights = all_rights});
    EXPECT_EQ(guest.call("fd_renumber", {i32(fd), i32(1)}), success);
    EXPECT_EQ(guest.write(1, "to the file"), 11);
    EXPECT_EQ(guest.close(1), success);
    EXPECT_EQ(guest.write(1, "!"), 1);
    EXPECT_EQ(printed, "to the stream!");
    EXPECT_EQ(files.text("out"), "to the file");
}

TEST(WasiFiles, IsReadyForPollAtOnce) {
    const FolderWithOutside files;
    files.put("f", "12345");
    WasiGuest guest(files.options());
    const int fd = guest.open("f", {.rights = all_rights});
    guest.put(WasiGuest::buffer, std::array<std::uint64_t, 12>{});
    for (int i = 0; i < 2; ++i) {
        guest.put(WasiGuest::buffer + 48 * i + 8, static_cast<std::uint8_t>(1 + i));
        guest.put(WasiGuest::buffer + 48 * i + 16, fd);
    }
    EXPECT_EQ(guest.call("poll_oneoff", {i32(WasiGuest::buffer), i32(1024), i32(2), i32(0)}),
              success);
    EXPECT_EQ(guest.at<std::uint32_t>(0), 2U);
    EXPECT_EQ(guest.at<std::uint64_t>(1024 + 16), 5U);
    EXPECT_EQ(guest.at<std::uint16_t>(1024 + 32 + 8), success);
}

}  // namespace
}  // namespace sluice::wasm
