#include "files.hpp"
#include "program.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

std::vector<std::string> files_of(const fs::path& folder) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            files.push_back(fs::relative(entry.path(), folder).generic_string());
    std::ranges::sort(files);
    return files;
}

TEST(NewProject, IsWholeAndBearsItsName) {
    const TemporaryFolder folder;
    const fs::path project = folder.path() / "word-count";
    const Ended ended = sluice({"new", project, "--lang", "cpp"});
    EXPECT_EQ(ended.status, 0) << ended.errors;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("make check"), HasSubstr("word-count")));
    EXPECT_THAT(
        files_of(project),
        ElementsAre(".gitignore", "Makefile", "README.md", "plugin.cpp", "sluice/base64.hpp",
                    "sluice/chat.hpp", "sluice/chunk.hpp", "sluice/completion.hpp",
                    "sluice/context.hpp", "sluice/guest.hpp", "sluice/host.hpp", "sluice/http.hpp",
                    "sluice/json.hpp", "sluice/members.hpp", "sluice/plugin.hpp",
                    "tests/adds_the_message.json", "tests/keeps_what_it_does_not_know.json",
                    "tests/says_what_is_wrong.json"));
    EXPECT_THAT(read_file(project / "plugin.cpp"), HasSubstr("name = \"word-count\""));
}

TEST(NewProject, LeavesNoOtherNameBehind) {
    const TemporaryFolder folder;
    for (const std::string language : {"rust", "ts", "go", "cpp"}) {
        const fs::path project = folder.path() / ("first-" + language);
        ASSERT_EQ(sluice({"new", project, "--lang", language}).status, 0) << language;
        for (const std::string& file : files_of(project))
            EXPECT_THAT(read_file(project / file), Not(HasSubstr("my-plugin"))) << file;
    }
}

TEST(NewProject, TouchesNothingThatIsThere) {
    const TemporaryFolder folder;
    const Ended ended = sluice({"new", folder.path(), "--lang", "go"});
    EXPECT_EQ(ended.status, 1);
    EXPECT_TRUE(files_of(folder.path()).empty());
    fs::create_directory(folder.path() / "taken");
    EXPECT_THAT(sluice({"new", folder.path() / "taken", "--lang", "go"}).errors,
                HasSubstr("is there already"));
    EXPECT_THAT(sluice({"new", folder.path() / "none" / "deeper", "--lang", "go"}).errors,
                HasSubstr("No such file or directory"));
}

TEST(NewProject, RefusesNamesThatLanguagesCannotHaveAndLanguagesThatItHasNot) {
    const TemporaryFolder folder;
    for (const char* name : {"Upper", "1st", "a b", "ä", "x.y"})
        EXPECT_THAT(sluice({"new", folder.path() / name, "--lang", "go"}).errors,
                    HasSubstr("is no name for a plug-in"))
            << name;
    EXPECT_THAT(sluice({"new", folder.path() / "sluice", "--lang", "rust"}).errors,
                HasSubstr("is the helper library's name"));
    EXPECT_EQ(sluice({"new", folder.path() / "a", "--lang", "java"}).status, 2);
    EXPECT_TRUE(files_of(folder.path()).empty());
}

}  // namespace
}  // namespace sluice::tests
