#include "expect_error.hpp"
#include "plugin/compiled_plugin_state.hpp"
#include "plugins.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <iterator>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using tests::call;
using tests::manifest_of;

bool is_fused(const CompiledPlugin& plugin) {
    return plugin.state().pre.module().merged_library() == kernel_imports;
}

Manifest text_of(std::string_view text) {
    return Manifest::bytes(as_bytes(text), "guest");
}

constexpr std::string_view measures = R"((module
  (import "extism:host/env" "input_length" (func $length (result i64)))
  (func (export "run") (result i32) (i32.wrap_i64 (call $length)))))";

/// Whether the kernel is in a guest's own code, and what a guest may notice of that: nothing.
class Fusion : public testing::Test {
  protected:
    void SetUp() override {
        const char* off = std::getenv("SLUICE_FUSION");
        if (off != nullptr && std::string_view(off) == "off")
            GTEST_SKIP() << "fusion is off for this run";
    }
    int run(const CompiledPlugin& compiled, std::string_view input = "1234") {
        return Plugin(compiled).try_call("run", as_bytes(input)).status;
    }
    Runtime runtime_{};
};

TEST_F(Fusion, IsOnUnlessSomebodyTurnsItOff) {
    const CompiledPlugin fused(runtime_, manifest_of("extism_text"));
    const CompiledPlugin apart(runtime_, manifest_of("extism_text"), {.fusion = false});
    EXPECT_TRUE(is_fused(fused));
    EXPECT_FALSE(is_fused(apart));
    for (const CompiledPlugin& each : {fused, apart}) {
        Plugin plugin(each);
        EXPECT_EQ(call(plugin, "count_vowels", "Hello, World!"), "03");
    }
}

TEST_F(Fusion, ShowsTheGuestsOwnExportsAlone) {
    const CompiledPlugin fused(runtime_, text_of(measures));
    ASSERT_TRUE(is_fused(fused));
    const auto functions = fused.exported_functions();
    ASSERT_EQ(functions.size(), 1U);
    EXPECT_EQ(functions[0].name, "run");
    Plugin plugin(fused);
    EXPECT_FALSE(plugin.function_exists("sluice:kernel/begin"));
    EXPECT_ERROR_SAYING(plugin.call("sluice:kernel/begin"), ErrorCode::missing_export,
                        HasSubstr("sluice:kernel/begin"));
}

TEST_F(Fusion, LeavesAloneWhatNeedsNoKernel) {
    const CompiledPlugin plain(
        runtime_, text_of(R"((module (func (export "run") (result i32) i32.const 7)))"));
    EXPECT_FALSE(is_fused(plain));
    EXPECT_EQ(run(plain), 7);
}

TEST_F(Fusion, LeavesAPluginOfSeveralModulesAlone) {
    Manifest manifest = text_of(measures);
    manifest.wasm.insert(manifest.wasm.begin(), text_of("(module)").wasm[0]);
    std::get<WasmBytes>(manifest.wasm[0]).name = "part";
    const CompiledPlugin linked(runtime_, manifest);
    EXPECT_FALSE(is_fused(linked));
    EXPECT_EQ(run(linked), 4);
}

TEST_F(Fusion, GivesWayToAHostsOwnKernelFunctions) {
    PluginOptions options;
    options.functions = {host_function(
        "input_length", [] { return std::uint64_t{99}; }, std::string(kernel_imports))};
    const CompiledPlugin replaced(runtime_, text_of(measures), options);
    EXPECT_FALSE(is_fused(replaced));
    EXPECT_EQ(run(replaced), 99);
}

TEST_F(Fusion, LeavesAGuestAloneThatExportsTheKernelsOwnNames) {
    const CompiledPlugin impostor(runtime_, text_of(R"((module
        (import "extism:host/env" "input_length" (func $length (result i64)))
        (func (export "sluice:kernel/begin") (param i64) (result i64) (i64.const 9999999))
        (func (export "run") (result i32) (i32.wrap_i64 (call $length)))))"));
    EXPECT_FALSE(is_fused(impostor));
    EXPECT_EQ(run(impostor), 4);
}

TEST_F(Fusion, RefusesWhatALinkerRefusesInTheSameWords) {
    const auto why = [&](bool fusion, std::string_view text) -> std::string {
        try {
            const CompiledPlugin made(runtime_, text_of(text), {.fusion = fusion});
        } catch (const Error& error) {
            return error.what();
        }
        return "nothing";
    };
    for (const std::string_view text : {
             R"((module (import "extism:host/env" "input_length" (func (param i32)))))",
             R"((module (import "extism:host/env" "no_such_function" (func))))",
             R"((module (import "extism:host/env" "sluice:kernel/begin"
                  (func (param i64) (result i64)))))",
             R"((module (import "extism:host/env" "sluice:kernel/memory" (memory 1))))",
             R"((module (import "extism:host/env" "length" (func (param i64) (result i64)))
                  (func (result i32) i64.const 1)))",
             R"((module (import "extism:host" "take" (func (param i64 i64)))))",
             // A local that only the copied function has.
             R"((module (import "extism:host/env" "input_load_u8" (func (param i64) (result i32)))
                  (func (drop (call 0 (i64.const 0))) (local.set 0 (i64.const 1)))))",
         }) {
        EXPECT_NE(why(true, text), "nothing") << text;
        EXPECT_EQ(why(true, text), why(false, text)) << text;
    }
}

TEST_F(Fusion, CountsTheSameMemory) {
    const std::string_view grows = R"((module
        (import "extism:host/env" "input_length" (func $length (result i64)))
        (memory 1)
        (func (export "run") (result i32)
          (memory.grow (i32.wrap_i64 (call $length))))))";
    Manifest manifest = text_of(grows);
    manifest.memory.max_pages = 3;
    for (const bool fusion : {true, false}) {
        const CompiledPlugin compiled(runtime_, manifest, {.fusion = fusion});
        EXPECT_EQ(run(compiled, "12"), 1) << "a page and two more are three";
        EXPECT_EQ(run(compiled, "123"), -1);
    }
}

TEST_F(Fusion, KeepsImagesOfBothKindsApart) {
    const tests::TemporaryFolder folder;
    const auto compiled = [&](bool fusion) {
        const Runtime runtime({.image_cache = folder.path()});
        return CompiledPlugin(runtime, text_of(measures), {.fusion = fusion});
    };
    for (const bool fusion : {true, false, true, false}) {
        const CompiledPlugin plugin = compiled(fusion);
        EXPECT_EQ(is_fused(plugin), fusion);
        EXPECT_EQ(run(plugin), 4);
    }
    const auto files = std::distance(fs::directory_iterator(folder.path()), {});
    EXPECT_EQ(files, 3) << "the kernel's, and the guest's with and without it";
}

TEST_F(Fusion, IsKeptInSavedCode) {
    const tests::TemporaryFolder folder;
    const fs::path file = folder.path() / "guest.cwasm";
    CompiledPlugin(runtime_, text_of(measures)).save(file);
    const CompiledPlugin loaded = CompiledPlugin::load(runtime_, file);
    EXPECT_TRUE(is_fused(loaded));
    EXPECT_EQ(run(loaded), 4);

    PluginOptions options;
    options.functions = {host_function(
        "input_length", [] { return std::uint64_t{99}; }, std::string(kernel_imports))};
    EXPECT_ERROR_SAYING(CompiledPlugin::load(runtime_, file, {}, options), ErrorCode::invalid_input,
                        HasSubstr("compile it without fusion"));
}

TEST_F(Fusion, ReachesTheGuestsMemoryFromHostFunctions) {
    PluginOptions options;
    options.functions = {
        host_function("shout", [](std::string_view text) { return std::string(text) + "!"; })};
    const CompiledPlugin compiled(runtime_, text_of(R"((module
        (import "extism:host/user" "shout" (func $shout (param i64) (result i64)))
        (import "extism:host/env" "input_offset" (func $input (result i64)))
        (import "extism:host/env" "length" (func $length (param i64) (result i64)))
        (import "extism:host/env" "output_set" (func $output (param i64 i64)))
        (func (export "run") (local $h i64)
          (local.set $h (call $shout (call $input)))
          (call $output (local.get $h) (call $length (local.get $h))))))"),
                                  options);
    ASSERT_TRUE(is_fused(compiled));
    Plugin plugin(compiled);
    EXPECT_EQ(call(plugin, "run", "hear me"), "hear me!");
}

}  // namespace
}  // namespace sluice
