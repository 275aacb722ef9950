#include "base/replace_file.hpp"

#include "files.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace sluice {
namespace {

namespace fs = std::filesystem;

TEST(ReplaceFile, KeepsPermissionsAndLeavesNothingBehind) {
    const tests::TemporaryFolder folder;
    const fs::path file = folder.path() / "config.json";
    std::ofstream(file) << "old";
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);

    EXPECT_EQ(replace_file(file, {as_bytes("new")}, {.durable = true}), std::nullopt);

    EXPECT_EQ(tests::read_file(file), "new");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(ReplaceFile, WritesWhereALinkPoints) {
    const tests::TemporaryFolder folder;
    fs::create_directory(folder.path() / "real");
    std::ofstream(folder.path() / "real/config.json") << "old";
    fs::create_symlink("real/config.json", folder.path() / "config.json");

    EXPECT_EQ(replace_file(folder.path() / "config.json", {as_bytes("new")}, {}), std::nullopt);

    EXPECT_TRUE(fs::is_symlink(folder.path() / "config.json"));
    EXPECT_EQ(tests::read_file(folder.path() / "real/config.json"), "new");
}

TEST(ReplaceFile, MakesAFileWithThePermissionsThatItIsGiven) {
    const tests::TemporaryFolder folder;
    const fs::path file = folder.path() / "image";

    EXPECT_EQ(replace_file(file, {as_bytes("one"), as_bytes("two")}, {.mode = 0400}), std::nullopt);

    EXPECT_EQ(tests::read_file(file), "onetwo");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read);
}

TEST(ReplaceFile, SaysWhyItCannot) {
    const tests::TemporaryFolder folder;
    EXPECT_EQ(replace_file(folder.path() / "missing.json", {as_bytes("new")}, {}),
              "No such file or directory");
}

}  // namespace
}  // namespace sluice
