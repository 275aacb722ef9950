#include "program.hpp"

#include "extism_guest.hpp"
#include "files.hpp"

#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Check, TellsWhatEachHookDoesAndCosts) {
    const Ended ended = sluice({"check", guest_path("hook_echo"), "--calls", "10"});
    EXPECT_EQ(ended.status, 0) << ended.errors;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("generation C"), HasSubstr("pre_hook"),
                                    HasSubstr(" µs"), HasSubstr("128.0 KiB")));
}

TEST(Check, RefusesWhatTheGatewayWouldRefuse) {
    const Ended ended = sluice({"check", guest_path("hook_without_malloc")});
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.errors, HasSubstr("the export \"malloc\" (or \"plugin_malloc\") is missing"));
}

TEST(Check, OffersTheHostCalls) {
    const TemporaryFolder folder;
    const std::string file = folder.path() / "caller.wat";
    std::ofstream(file) << R"((module
  (import "sluice" "var_add" (func $var_add (param i32 i32 i64 i64) (result i64)))
  (import "sluice" "http_request" (func $ask (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 2)
  (data (i32.const 16) "n")
  (data (i32.const 32) "{\"url\":\"http://127.0.0.1/\"}")
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "pre_hook") (param i32 i32) (result i64)
    (if (i64.ne (call $var_add (i32.const 16) (i32.const 1) (i64.const 1) (i64.const 0))
                (i64.const 1)) (then unreachable))
    (if (i64.ne (call $ask (i32.const 32) (i32.const 27) (i32.const 0) (i32.const 0))
                (i64.const -2)) (then unreachable))
    (i64.const 0))))";
    const Ended ended = sluice({"check", file, "--calls", "5"});
    EXPECT_EQ(ended.status, 0) << ended.output << ended.errors;
    EXPECT_THAT(ended.output, HasSubstr("leaves the sample as it is"));
}

TEST(Check, TriesExtismGuestsAsTheGatewayWould) {
    const TemporaryFolder folder;
    const std::string file = folder.path() / "extism.wat";
    std::ofstream(file) << extism_guest(R"(
      (func (export "pre_hook"))
      (func (export "post_hook") (result i32) (call $fail (i32.const 1024) (i32.const 2)) (i32.const 1))
      (func (export "http_pre_hook") (drop (call $http (i64.const 0) (i64.const 0))))
      (data (i32.const 1024) "no"))");
    const Ended ended = sluice({"check", file, "--calls", "3"});
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("extism, generation extism\n"),
                      HasSubstr("leaves the sample as it is"), HasSubstr("its own error: no")));
    EXPECT_THAT(ended.errors, HasSubstr("1 of its hooks cannot be used"));
}

TEST(Check, NamesTheHookThatFailsAndLooksAtTheOthers) {
    const TemporaryFolder folder;
    const std::string file = folder.path() / "half.wat";
    std::ofstream(file) << R"((module (memory (export "memory") 2)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "pre_hook") (param i32 i32) (result i64) (unreachable))
  (func (export "post_hook") (param i32 i32) (result i64) (i64.const 0))
  (func (export "http_pre_hook") (param i32 i32) (result i64) (i64.const 1)))
)";
    const Ended ended = sluice({"check", file, "--calls", "3"});
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.errors, HasSubstr("2 of its hooks cannot be used"));
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("`pre_hook`"), HasSubstr("unreachable"),
                      HasSubstr("leaves the sample as it is"), HasSubstr("invalid JSON")));
}

TEST(Check, SeesThatMemoryGrows) {
    const Ended ended = sluice({"check", guest_path("hook_leaky"), "--calls", "2000"});
    EXPECT_EQ(ended.status, 0) << ended.errors;
    EXPECT_THAT(ended.output, HasSubstr("its memory is not freed"));
    EXPECT_THAT(sluice({"check", guest_path("hook_echo"), "--calls", "2000"}).output,
                Not(HasSubstr("its memory is not freed")));
}

TEST(Check, KnowsTheOlderGenerations) {
    const TemporaryFolder folder;
    const std::string file = folder.path() / "old.wat";
    std::ofstream(file) << R"((module (memory (export "memory") 2)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "http_transport_intercept") (param i32 i32 i32 i32) (result i64) (i64.const 0)))
)";
    const Ended ended = sluice({"check", file, "--calls", "3"});
    EXPECT_EQ(ended.status, 0) << ended.errors;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("generation A"), HasSubstr("http_transport_intercept")));
}

}  // namespace
}  // namespace sluice::tests
