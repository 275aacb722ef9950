#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

TEST(Program, PrintsItsVersions) {
    const Ended run = sluice({"version"});

    EXPECT_EQ(run.status, 0);
    EXPECT_THAT(run.output, MatchesRegex("sluice   [0-9.]+\nengine   Wasmtime [0-9.]+\n"
                                         "compiler [a-z]+ [0-9.]+.*\n"));
    EXPECT_THAT(sluice({"--version"}).output, MatchesRegex("[0-9.]+\n"));
}

TEST(Program, ShowsExamplesInTheHelpOfEveryCommand) {
    for (const std::string command : {"serve", "call", "inspect", "version"}) {
        const Ended run = sluice({command, "--help"});
        EXPECT_EQ(run.status, 0);
        EXPECT_THAT(run.output, AllOf(HasSubstr("Example"), HasSubstr("  sluice " + command)))
            << command;
    }
}

TEST(Program, ListsItsCommands) {
    const Ended run = sluice({"--help"});

    EXPECT_EQ(run.status, 0);
    EXPECT_THAT(run.output, AllOf(HasSubstr("call"), HasSubstr("inspect"), HasSubstr("serve"),
                                  HasSubstr("version")));
}

TEST(Program, EndsWithTwoWhenItIsUsedWrongly) {
    const std::vector<std::vector<std::string>> lines{
        {},
        {"dance"},
        {"call"},
        {"call", "a.wasm"},
        {"inspect"},
        {"call", "a.wasm", "f", "--colour"},
        {"call", "a.wasm", "f", "--timeout-ms", "soon"},
        {"call", "a.wasm", "f", "--timeout-ms", "-1"},
        {"call", "a.wasm", "f", "--memory-max-pages", "65537"},
        {"call", "a.wasm", "f", "--log-level", "loud"},
        {"call", "a.wasm", "f", "--input", "x", "--input-file", "y"},
    };
    for (const auto& line : lines) {
        const Ended run = sluice(line);
        EXPECT_EQ(run.status, 2) << run.errors;
        EXPECT_THAT(run.errors, StartsWith("sluice: error: "));
        EXPECT_EQ(run.output, "");
    }
}

TEST(Program, EndsWithOneWhenSomethingFails) {
    const Ended run = sluice({"inspect", "/nowhere/guest.wasm"});

    EXPECT_EQ(run.status, 1);
    EXPECT_EQ(run.errors,
              "sluice: error: cannot read /nowhere/guest.wasm: No such file or "
              "directory\n");
}

}  // namespace
}  // namespace sluice::tests
