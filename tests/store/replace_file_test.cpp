#include "store/replace_file.hpp"

#include "files.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace sluice::store {
namespace {

namespace fs = std::filesystem;

TEST(ReplaceFile, KeepsPermissionsAndLeavesNothingBehind) {
    const tests::TemporaryFolder folder;
    const fs::path file = folder.path() / "config.json";
    std::ofstream(file) << "old";
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);

    EXPECT_EQ(replace_file(file, "new"), std::nullopt);

    EXPECT_EQ(tests::read_file(file), "new");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(ReplaceFile, WritesWhereALinkPoints) {
    const tests::TemporaryFolder folder;
    fs::create_directory(folder.path() / "real");
    std::ofstream(folder.path() / "real/config.json") << "old";
    fs::create_symlink("real/config.json", folder.path() / "config.json");

    EXPECT_EQ(replace_file(folder.path() / "config.json", "new"), std::nullopt);

    EXPECT_TRUE(fs::is_symlink(folder.path() / "config.json"));
    EXPECT_EQ(tests::read_file(folder.path() / "real/config.json"), "new");
}

TEST(ReplaceFile, SaysWhyItCannot) {
    const tests::TemporaryFolder folder;
    EXPECT_EQ(replace_file(folder.path() / "missing.json", "new"), "No such file or directory");
}

}  // namespace
}  // namespace sluice::store
