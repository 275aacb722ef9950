#include "expect_error.hpp"
#include "hook_guests.hpp"

namespace sluice::hooks {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view memory = R"((memory (export "memory") 1))";
constexpr std::string_view malloc =
    R"((func (export "malloc") (param i32) (result i32) (i32.const 4096)))";
constexpr std::string_view pre_hook =
    R"((func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0)))";

std::string module(std::initializer_list<std::string_view> parts) {
    std::string wat = "(module ";
    for (const auto part : parts) wat += part;
    return wat + ")";
}

class GuestExportsTest : public testing::Test {
  protected:
    void expect_refusal(std::initializer_list<std::string_view> parts, ErrorCode code,
                        const std::string& saying) {
        EXPECT_ERROR_SAYING(host_.load(module(parts), {.name = "mine"}), code,
                            AllOf(StartsWith("failed to instantiate WASM module: plug-in mine"),
                                  HasSubstr(saying)));
    }

    tests::HookHost host_;
};

TEST_F(GuestExportsTest, NeedsMemoryAnAllocatorAndOneHook) {
    const auto plugin = host_.load(module({memory, malloc, pre_hook}));
    EXPECT_TRUE(plugin->phases().has(Phase::pre));
    EXPECT_FALSE(plugin->phases().has(Phase::post));
    expect_refusal({malloc, pre_hook}, ErrorCode::missing_export,
                   "the export \"memory\" is missing");
    expect_refusal({memory, pre_hook}, ErrorCode::missing_export,
                   "the export \"malloc\" (or \"plugin_malloc\") is missing");
    expect_refusal({memory, malloc}, ErrorCode::missing_export,
                   "it exports none of the hooks http_pre_hook, http_intercept, "
                   "http_transport_intercept, pre_hook, http_stream_chunk_hook, post_hook, "
                   "http_post_hook");
}

TEST_F(GuestExportsTest, NamesTheExportAndBothSignatures) {
    expect_refusal(
        {memory, malloc, pre_hook,
         R"((func (export "post_hook") (param i32) (result i64) (i64.const 0)))"},
        ErrorCode::invalid_input,
        "the export \"post_hook\" has the signature (i32) -> i64, expected (i32, i32) -> i64 or "
        "(i32, i32, i32, i32, i32, i32) -> i64");
    expect_refusal(
        {memory, pre_hook, R"((func (export "malloc") (param i64) (result i32) (i32.const 0)))"},
        ErrorCode::invalid_input,
        "the export \"malloc\" has the signature (i64) -> i32, expected (i32) -> i32");
    expect_refusal(
        {memory, malloc, pre_hook, R"((func (export "free") (param i32 i32 i32)))"},
        ErrorCode::invalid_input,
        "the export \"free\" has the signature (i32, i32, i32), expected (i32) or (i32, i32)");
    expect_refusal(
        {memory, malloc, pre_hook, R"((func (export "init") (result i32) (i32.const 0)))"},
        ErrorCode::invalid_input, "the export \"init\" has the signature () -> i32");
    expect_refusal({memory, malloc, pre_hook, R"((global (export "cleanup") i32 (i32.const 0)))"},
                   ErrorCode::invalid_input, "the export \"cleanup\" is no function");
}

TEST_F(GuestExportsTest, FindsTheGenerationByNamesAndArities) {
    const auto found = [&](std::string_view hook) {
        const auto plugin = host_.load(module({memory, malloc, hook}));
        return std::string(plugin->generation());
    };
    EXPECT_EQ(found(R"((func (export "http_transport_intercept") (param i32 i32 i32 i32)
                       (result i64) (i64.const 0)))"),
              "A");
    EXPECT_EQ(found(R"((func (export "pre_hook") (param i32 i32 i32 i32) (result i64)
                       (i64.const 0)))"),
              "A");
    EXPECT_EQ(found(R"((func (export "post_hook") (param i32 i32 i32 i32 i32 i32) (result i64)
                       (i64.const 0)))"),
              "A");
    EXPECT_EQ(found(R"((func (export "http_intercept") (param i32 i32) (result i64)
                       (i64.const 0)))"),
              "B");
    EXPECT_EQ(found(pre_hook), "C");
}

TEST_F(GuestExportsTest, ChoosesTheConventionOfEachHookByItself) {
    const auto plugin = host_.load(
        module({memory, malloc, pre_hook,
                R"((func (export "post_hook") (param i32 i32 i32 i32 i32 i32) (result i64)
             (i64.const 0)))",
                R"((func (export "http_intercept") (param i32 i32) (result i64) (i64.const 0)))"}));
    EXPECT_EQ(plugin->convention(Phase::pre), Convention::envelope);
    EXPECT_EQ(plugin->convention(Phase::post), Convention::separate);
    EXPECT_EQ(plugin->hook_name(Phase::http_pre), "http_intercept");
    EXPECT_EQ(plugin->hook_name(Phase::http_post), "");
}

TEST_F(GuestExportsTest, RefusesAritiesThatNoGenerationHad) {
    expect_refusal(
        {memory, malloc,
         R"((func (export "http_transport_intercept") (param i32 i32) (result i64) (i64.const 0)))"},
        ErrorCode::invalid_input,
        "\"http_transport_intercept\" has the signature (i32, i32) -> i64, expected (i32, i32, "
        "i32, i32) -> i64");
    expect_refusal({memory, malloc,
                    R"((func (export "pre_hook") (param i32 i32 i32) (result i64) (i64.const 0)))"},
                   ErrorCode::invalid_input,
                   "expected (i32, i32) -> i64 or (i32, i32, i32, i32) -> i64");
}

TEST_F(GuestExportsTest, TakesAModuleThatServesTwoGenerations) {
    const auto plugin = host_.load(
        module({memory, malloc,
                R"((func (export "http_intercept") (param i32 i32) (result i64) (unreachable)))"
                R"((func (export "http_pre_hook") (param i32 i32) (result i64) (i64.const 0)))"}));
    EXPECT_EQ(plugin->hook_name(Phase::http_pre), "http_pre_hook");
    EXPECT_EQ(plugin->generation(), "C");
}

TEST_F(GuestExportsTest, RefusesImportsThatNoHostHas) {
    expect_refusal({R"((import "wbg" "now" (func)))", memory, malloc, pre_hook},
                   ErrorCode::invalid_input, "it imports \"now\" from \"wbg\"");
    expect_refusal({R"((import "env" "memory" (memory 1)))", malloc, pre_hook},
                   ErrorCode::missing_export, "memory");
}

TEST_F(GuestExportsTest, RefusesWhatIsNoWebAssembly) {
    EXPECT_ERROR(host_.load("GIF89a"), ErrorCode::invalid_input);
    EXPECT_ERROR(host_.load(""), ErrorCode::invalid_input);
}

}  // namespace
}  // namespace sluice::hooks
