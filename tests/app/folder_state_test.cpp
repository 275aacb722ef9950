#include "app/folder_state.hpp"

#include "expect_error.hpp"
#include "files.hpp"

#include <fstream>

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

class FolderStateTest : public testing::Test {
  protected:
    fs::path add(const std::string& name, const std::string& text) const {
        const fs::path file = folder.path() / name;
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
        return file;
    }
    tests::TemporaryFolder folder;
};

TEST_F(FolderStateTest, SeesFilesThatComeChangeAndGo) {
    const fs::path file = add("src/lib.rs", "a");
    const FolderState before = state_of(folder.path());
    EXPECT_EQ(changed_file(before, before), "");
    const fs::path more = add("src/more.rs", "b");
    const FolderState with_more = state_of(folder.path());
    EXPECT_EQ(changed_file(before, with_more), more.string());
    EXPECT_EQ(changed_file(with_more, before), more.string());
    add("src/lib.rs", "longer");
    EXPECT_EQ(changed_file(with_more, state_of(folder.path())), file.string());
}

TEST_F(FolderStateTest, SeesANewTimeOfTheSameText) {
    const fs::path file = add("a.txt", "a");
    const FolderState before = state_of(folder.path());
    fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(1));
    EXPECT_EQ(changed_file(before, state_of(folder.path())), file.string());
}

TEST_F(FolderStateTest, LeavesOutWhatBuildsWrite) {
    const FolderState before = state_of(folder.path());
    add("plugin.wasm", "a");
    add("target/release/x", "a");
    add("build/x", "a");
    add("node_modules/x/y", "a");
    add(".git/x", "a");
    add(".hidden", "a");
    EXPECT_EQ(changed_file(before, state_of(folder.path())), "");
}

TEST_F(FolderStateTest, NamesAFolderThatCannotBeRead) {
    EXPECT_ERROR_SAYING(state_of(folder.path() / "gone"), ErrorCode::unavailable,
                        testing::HasSubstr("gone: cannot be read"));
}

}  // namespace
}  // namespace sluice::app
