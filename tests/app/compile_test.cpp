#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice::tests {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// `sluice compile` into a folder of its own.
class Compile : public testing::Test {
  protected:
    void compile(const std::string& guest, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"compile", guest, "-o", file_});
        const Ended run = sluice(more);
        ASSERT_EQ(run.status, 0) << run.errors;
        EXPECT_EQ(run.output + run.errors, "");
    }

    TemporaryFolder folder_{};
    std::string file_ = folder_.path() / "guest.cwasm";
};

TEST_F(Compile, MakesAFileThatCallAndInspectTake) {
    compile(guest_path("extism_text"));
    const Ended called = sluice({"call", file_, "count_vowels", "-i", "Hello, World!"});
    EXPECT_EQ(called.output, "03") << called.errors;
    const Ended seen = sluice({"inspect", file_});
    EXPECT_THAT(seen.output, AllOf(HasSubstr("Extism plug-in"), HasSubstr("count_vowels")));
}

TEST_F(Compile, TakesGuestsOfTheGatewayToo) {
    compile(guest_path("packed_text"));
    const Ended source = sluice({"inspect", "--json", guest_path("packed_text")});
    const Ended seen = sluice({"inspect", "--json", file_});
    const auto exports = [](const Ended& run) {
        return run.output.substr(run.output.find("\"exports\""));
    };
    EXPECT_EQ(exports(seen), exports(source)) << seen.errors;
}

TEST_F(Compile, LinksModules) {
    const std::string lib = folder_.path() / "lib.wat";
    const std::string main = folder_.path() / "main.wat";
    std::ofstream(lib) << R"((module (func (export "f") (result i32) i32.const 0)))";
    std::ofstream(main) << R"((module (import "lib" "f" (func $f (result i32)))
      (func (export "run") (result i32) (call $f))))";
    compile(main, {"--link", "lib=" + lib});
    EXPECT_EQ(sluice({"call", file_, "run"}).status, 0);
    EXPECT_THAT(sluice({"call", file_, "run", "--link", lib}).errors, HasSubstr("is compiled"));
}

TEST_F(Compile, WhatOthersMayHaveWrittenIsRunOnlyWhenItIsTrusted) {
    compile(guest_path("extism_text"));
    fs::permissions(file_, fs::perms::others_write, fs::perm_options::add);
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"call", file_, "echo", "-i", "x"}, {"inspect", file_}}) {
        const Ended refused = sluice(command);
        EXPECT_EQ(refused.status, 1);
        EXPECT_THAT(refused.errors, HasSubstr("others may write to it"));
        std::vector<std::string> trusting = command;
        trusting.emplace_back("--trust-code");
        EXPECT_EQ(sluice(trusting).status, 0);
    }
}

TEST_F(Compile, CodeUnderAnotherNameIsNotRun) {
    compile(guest_path("extism_text"));
    const std::string renamed = folder_.path() / "guest.wasm";
    fs::rename(file_, renamed);
    EXPECT_THAT(sluice({"call", renamed, "echo", "-i", "x"}).errors, HasSubstr(".cwasm"));
}

TEST_F(Compile, MakesCodeThatCountsFuelWhenItIsAsked) {
    compile(guest_path("extism_text"));
    EXPECT_THAT(sluice({"call", file_, "echo", "-i", "x", "--fuel", "10000"}).errors,
                HasSubstr("sluice compile --fuel"));
    compile(guest_path("extism_text"), {"--fuel"});
    EXPECT_EQ(sluice({"call", file_, "echo", "-i", "x", "--fuel", "10000"}).output, "x");
    EXPECT_THAT(sluice({"call", file_, "spin", "--fuel", "10000"}).errors,
                HasSubstr("ran out of fuel"));
    EXPECT_EQ(sluice({"call", file_, "echo", "-i", "x"}).output, "x");
    EXPECT_EQ(sluice({"inspect", file_}).status, 0);
}

TEST_F(Compile, SaysWhatItCannotCompile) {
    const std::string bad = folder_.path() / "bad.wasm";
    std::ofstream(bad) << "nonsense";
    const Ended run = sluice({"compile", bad, "-o", file_});
    EXPECT_EQ(run.status, 1);
    EXPECT_THAT(run.errors, HasSubstr("bad"));
    EXPECT_FALSE(fs::exists(file_));
}

}  // namespace
}  // namespace sluice::tests
