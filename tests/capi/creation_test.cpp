#include "extism.hpp"
#include "files.hpp"
#include "guests.hpp"

#include <fmt/format.h>

#include <array>
#include <bitset>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace extism_tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string text_guest = sluice::tests::guest("extism_text");

/// A manifest with the guest's bytes as an address in this process, as Extism's C++ SDK writes it.
std::string by_address(std::string_view wasm, std::string_view more = "") {
    return fmt::format(R"({{"wasm": [{{"data": {{"ptr": {}, "len": {}}}}}]{}}})",
                       reinterpret_cast<std::uintptr_t>(wasm.data()), wasm.size(), more);
}

TEST(Creation, TakesAModuleInText) {
    EXPECT_EQ(result(plugin_of(text_guest), "count_vowels", "Hello, World!"), "03");
    EXPECT_EQ(result(plugin_of("\n  " + text_guest), "echo", "blanks first"), "blanks first");
}

TEST(Creation, TakesABinaryModule) {
    using namespace std::string_view_literals;
    EXPECT_FALSE(extism_plugin_function_exists(plugin_of("\0asm\1\0\0\0"sv).get(), "echo"));
    EXPECT_THAT(refusal("\0asm\1\0\0"sv), StartsWith("Unable to compile Extism plugin: "));
}

TEST(Creation, TakesAManifestWithItsConfiguration) {
    const sluice::tests::TemporaryFolder folder;
    std::ofstream(folder.path() / "guest.wat") << text_guest;
    const std::string manifest = fmt::format(
        R"({{"wasm": [{{"path": "{}"}}], "config": {{"colour": "blue"}}, "from_tomorrow": 1}})",
        (folder.path() / "guest.wat").string());

    EXPECT_EQ(result(plugin_of(manifest), "config", "colour"), "blue");
}

/// Where a fresh process that compiles a plug-in leaves images: exits with their number.
void exit_with_images(const std::filesystem::path& cache, const char* configuration) {
    ::setenv("XDG_CACHE_HOME", cache.c_str(), 1);
    if (configuration != nullptr) ::setenv("EXTISM_CACHE_CONFIG", configuration, 1);
    if (result(plugin_of(text_guest), "echo", "kept") != "kept") std::exit(100);
    int images = 0;
    std::error_code none;
    for (auto each = std::filesystem::directory_iterator(cache / "sluice" / "images", none);
         each != std::filesystem::directory_iterator(); ++each)
        ++images;
    std::filesystem::remove_all(cache, none);
    std::exit(images);
}

TEST(CreationDeathTest, KeepsCompiledCodeInTheUsersCacheUnlessToldNotTo) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const sluice::tests::TemporaryFolder folder;
    const std::filesystem::path& cache = folder.path();

    EXPECT_EXIT(exit_with_images(cache, ""), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(exit_with_images(cache, nullptr), testing::ExitedWithCode(2),
                "");  // and the kernel
    EXPECT_EXIT(exit_with_images(cache, nullptr), testing::ExitedWithCode(2), "");
}

TEST(Creation, TakesAModuleByItsAddress) {
    EXPECT_EQ(result(plugin_of(by_address(text_guest)), "echo", "here"), "here");
}

TEST(Creation, NamesWhatIsWrongWithAManifest) {
    EXPECT_THAT(refusal(R"({"wasm": [{"path": 7}]})"),
                AllOf(StartsWith("Unable to compile Extism plugin: "), HasSubstr("wasm[0].path")));
    EXPECT_THAT(refusal(R"({"wasm": [{"path": "/no/such/file"}]})"), HasSubstr("/no/such/file"));
    EXPECT_THAT(refusal("{"), HasSubstr("not valid JSON"));
}

TEST(Creation, SaysThatManifestsInTomlAreNotRead) {
    EXPECT_THAT(refusal("[[wasm]]\npath = \"guest.wasm\"\n"),
                AllOf(HasSubstr("neither a WebAssembly module"), HasSubstr("TOML")));
    EXPECT_EQ(refusal(""), "Unable to compile Extism plugin: there is no module: it is empty");
}

TEST(Creation, NamesTheImportThatNobodyOffers) {
    EXPECT_THAT(refusal(guests::asker),
                AllOf(StartsWith("Unable to compile Extism plugin: "), HasSubstr("ask")));
    EXPECT_THAT(refusal(guests::wasi), HasSubstr("wasi_snapshot_preview1"));
}

TEST(Creation, SurvivesAnImportWithANulInItsName) {
    EXPECT_THAT(refusal(R"((module (import "a\00b" "c" (func))))"),
                HasSubstr("unknown import: `a"));
}

TEST(Creation, SaysWhyAStartFunctionFailed) {
    EXPECT_THAT(refusal("(module (func $s unreachable) (start $s))"),
                AllOf(StartsWith("Unable to compile Extism plugin: "), HasSubstr("unreachable")));
}

TEST(Creation, EndsAStartFunctionAtTheManifestsTimeout) {
    const std::string_view endless = "(module (func $s (loop $l (br $l))) (start $s))";

    EXPECT_THAT(refusal(by_address(endless, R"(, "timeout_ms": 20)")), HasSubstr("deadline"));
}

TEST(Creation, ReadsFoldersOnlyWithWasi) {
    const std::string manifest =
        by_address(text_guest, R"(, "allowed_paths": {"/no/such/folder": "/data"})");

    EXPECT_EQ(result(plugin_of(manifest), "echo", "fine"), "fine");
    EXPECT_THAT(refusal(manifest, {.wasi = true}), HasSubstr("/no/such/folder"));
}

TEST(Creation, EndsAStartFunctionAtTheFuelLimit) {
    const std::string_view endless = "(module (func $s (loop $l (br $l))) (start $s))";
    char* message = nullptr;

    EXPECT_EQ(extism_plugin_new_with_fuel_limit(data_of(endless), endless.size(), nullptr, 0, false,
                                                1'000, &message),
              nullptr);
    EXPECT_THAT(taken(message), AllOf(StartsWith("Unable to compile Extism plugin: "),
                                      HasSubstr("ran out of fuel, of which it may use 1000")));
}

TEST(Creation, MakesPluginsThatOutliveTheCompiledOne) {
    char* message = nullptr;
    Compiled compiled(extism_compiled_plugin_new(data_of(text_guest), text_guest.size(), nullptr, 0,
                                                 false, &message));
    ASSERT_NE(compiled, nullptr) << taken(message);
    const Plugin one(extism_plugin_new_from_compiled(compiled.get(), &message));
    const Plugin other(extism_plugin_new_from_compiled(compiled.get(), nullptr));
    compiled.reset();

    EXPECT_EQ(message, nullptr);
    result(one, "remember", "mine");
    EXPECT_EQ(result(other, "recall"), "");
    EXPECT_EQ(result(one, "recall"), "mine");
}

TEST(Creation, SaysWhatACompiledPluginsInstanceLacks) {
    const std::string_view guest = "(module (func $s unreachable) (start $s))";
    char* message = nullptr;
    const Compiled compiled(
        extism_compiled_plugin_new(data_of(guest), guest.size(), nullptr, 0, false, &message));
    ASSERT_NE(compiled, nullptr) << taken(message);

    EXPECT_EQ(extism_plugin_new_from_compiled(compiled.get(), &message), nullptr);
    EXPECT_THAT(taken(message), StartsWith("Unable to create Extism plugin: "));
}

TEST(Creation, GivesEachPluginARandomUuid) {
    std::set<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        const Plugin plugin = plugin_of("(module)");
        const std::uint8_t* id = extism_plugin_id(plugin.get());
        EXPECT_EQ(id[6] >> 4, 4);
        EXPECT_EQ(id[8] >> 6, 2);
        ids.emplace(reinterpret_cast<const char*>(id), 16);
    }
    EXPECT_EQ(ids.size(), 3U);
}

TEST(Creation, TellsTheVersionItStandsInFor) {
    EXPECT_STREQ(extism_version(), "1.41.0");
}

}  // namespace
}  // namespace extism_tests
