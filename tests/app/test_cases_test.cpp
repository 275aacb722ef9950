#include "files.hpp"
#include "program.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A project whose plug-in answers every pre_hook with {"context":{"a":1}}.
class TestCases : public testing::Test {
  protected:
    TestCases() {
        std::filesystem::create_directory(folder.path() / "tests");
        std::ofstream(folder.path() / "plugin.wasm") << R"((module (memory (export "memory") 2)
  (data (i32.const 16) "{\"context\":{\"a\":1}}")
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0x1000000013))
  (func (export "post_hook") (param i32 i32) (result i64) (i64.const 0)))
)";
    }
    void add(const std::string& name, const std::string& text) const {
        std::ofstream(folder.path() / "tests" / (name + ".json")) << text;
    }
    Ended run() const { return sluice({"test", folder.path()}); }

    TemporaryFolder folder;
};

TEST_F(TestCases, PassWhenTheOutputsAreAsExpected) {
    add("a", R"({"hook": "pre_hook", "input": {}, "output": {"context": {"a": 1}}})");
    add("b", R"({"hook": "post_hook", "config": {"x": 1}, "input": {}, "output": null})");
    const Ended ended = run();
    EXPECT_EQ(ended.status, 0) << ended.errors;
    EXPECT_EQ(ended.output, "ok      a\nok      b\n");
}

TEST_F(TestCases, ShowWhatDiffersAndGoOn) {
    add("a", R"({"hook": "pre_hook", "input": {}, "output": {"context": {"a": 2}}})");
    add("b", R"({"hook": "http_post_hook", "input": {}, "output": null})");
    add("c", R"({"hook": "post_hook", "input": {}, "output": null})");
    const Ended ended = run();
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.output,
              "FAILED  a\n        context.a: expected 2, was 1\n"
              "FAILED  b\n        the plug-in does not export http_post_hook\n"
              "ok      c\n");
    EXPECT_THAT(ended.errors, HasSubstr("2 of 3 cases failed"));
}

TEST_F(TestCases, AreRefusedWithThePlaceWhenTheyCannotBeRead) {
    EXPECT_THAT(run().errors, HasSubstr("has no case"));
    add("a", R"({"hook": "prehook", "imput": {}, "output": null})");
    EXPECT_THAT(run().errors, AllOf(HasSubstr("a.json:1: hook: must be one of http_pre_hook"),
                                    HasSubstr("imput: unknown key")));
}

}  // namespace
}  // namespace sluice::tests
