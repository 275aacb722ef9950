#include "expect_error.hpp"
#include "plugins.hpp"

#include "plugin/compiled_file.hpp"

#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// SHA-256 of the text below, by another program.
constexpr std::string_view answer_text =
    R"((module (func (export "answer") (result i32) i32.const 0)))";
constexpr std::string_view answer_hash =
    "cf93848e3c0663d69c4d3c3660b6304dceda44159969830d83329de324e31ffc";

/// A plug-in in a file of compiled code.
class CompiledCode : public testing::Test {
  protected:
    void save(Manifest manifest) { CompiledPlugin(runtime_, std::move(manifest)).save(file_); }
    void save(std::string_view text) { save(Manifest::bytes(as_bytes(text), "answer")); }
    Plugin load(const LoadOptions& rules = {}) {
        return Plugin(CompiledPlugin::load(runtime_, file_, {}, {}, rules));
    }
    void expect_refusal(const testing::Matcher<std::string>& why, const LoadOptions& rules = {}) {
        EXPECT_ERROR_SAYING(load(rules), ErrorCode::invalid_input,
                            AllOf(HasSubstr("plugin.cwasm"), why));
    }
    std::string bytes() const { return tests::read_file(file_); }
    void write(std::string_view bytes) {
        std::ofstream(file_, std::ios::binary | std::ios::trunc) << bytes;
    }
    /// The file with its content changed and its digest made anew, as a fitting one would be.
    void rewrite(const std::function<void(CompiledFile&)>& change) {
        const std::string before = bytes();
        CompiledFile content = read_compiled_file("test", as_bytes(before));
        change(content);
        write(as_text(write_compiled_file(content)));
    }

    Runtime runtime_{};
    tests::TemporaryFolder folder_{};
    fs::path file_ = folder_.path() / "plugin.cwasm";
};

TEST_F(CompiledCode, RunsAsThePluginThatItWasSavedFrom) {
    save(tests::manifest_of("extism_text"));
    const CompiledPlugin loaded = CompiledPlugin::load(runtime_, file_);
    EXPECT_EQ(loaded.name(), "extism_text");
    Plugin plugin(loaded);
    EXPECT_EQ(tests::call(plugin, "count_vowels", "Hello, World!"), "03");
}

TEST_F(CompiledCode, IsLoadedByAnotherRuntimeAndAnyNumberOfTimes) {
    save(tests::manifest_of("extism_text"));
    for (int i = 0; i < 3; ++i) {
        Plugin plugin(CompiledPlugin::load(Runtime(), file_));
        EXPECT_EQ(tests::call(plugin, "echo", "bytes"), "bytes");
    }
}

TEST_F(CompiledCode, CanBeSavedAgainFromALoadedPlugin) {
    save(answer_text);
    const std::string first = bytes();
    CompiledPlugin::load(runtime_, file_).save(file_);
    EXPECT_EQ(bytes(), first);
}

TEST_F(CompiledCode, GetsItsRightsAndLimitsFromTheManifestThatItIsLoadedWith) {
    Manifest written = tests::manifest_of("extism_text");
    written.config["key"] = "when saved";
    save(written);
    Manifest manifest;
    manifest.config["key"] = "when loaded";
    manifest.timeout = std::chrono::milliseconds(50);
    Plugin plugin(CompiledPlugin::load(runtime_, file_, manifest));
    EXPECT_EQ(tests::call(plugin, "config", "key"), "when loaded");
    EXPECT_ERROR(plugin.call("spin"), ErrorCode::timeout);
    Plugin other(CompiledPlugin::load(runtime_, file_));
    EXPECT_EQ(tests::call(other, "config", "key"), "");
}

TEST_F(CompiledCode, KeepsModulesThatAreLinkedByName) {
    constexpr std::string_view lib = R"((module (func (export "three") (result i32) i32.const 3)))";
    constexpr std::string_view middle = R"((module
      (import "lib" "three" (func $three (result i32)))
      (func (export "less") (result i32) (i32.sub (call $three) (i32.const 3)))))";
    constexpr std::string_view main = R"((module
      (import "middle" "less" (func $less (result i32)))
      (func (export "run") (result i32) (call $less))))";
    const auto module = [](std::string_view text, std::string name) {
        return WasmBytes{.bytes = Bytes(as_bytes(text).begin(), as_bytes(text).end()),
                         .name = std::move(name)};
    };
    save({.wasm = {module(middle, "middle"), module(lib, "lib"), module(main, "main")}});
    Plugin plugin = load();
    EXPECT_EQ(plugin.try_call("run").status, 0);
}

TEST_F(CompiledCode, IsRefusedWithAManifestThatListsModules) {
    save(answer_text);
    EXPECT_ERROR_SAYING(
        CompiledPlugin::load(runtime_, file_, Manifest::bytes(as_bytes(answer_text))),
        ErrorCode::invalid_input, AllOf(HasSubstr("lists modules"), HasSubstr("plugin.cwasm")));
}

TEST_F(CompiledCode, IsRefusedWhenItIsNoSuchFile) {
    for (const std::string_view other :
         {std::string_view(""), answer_text, std::string_view("SLUICEC"),
          std::string_view("\0asm\1\0\0\0", 8)}) {
        write(other);
        expect_refusal(HasSubstr("is not a file of compiled code"));
    }
    fs::remove(file_);
    EXPECT_ERROR_SAYING(load(), ErrorCode::unavailable, HasSubstr("plugin.cwasm"));
    fs::create_directory(file_);
    expect_refusal(HasSubstr("is not a file"));
}

TEST_F(CompiledCode, IsRefusedInAnotherFormat) {
    save(answer_text);
    std::string changed = bytes();
    changed[8] = 99;
    write(changed);
    expect_refusal(HasSubstr("has the format 99, and this version reads 2"));
}

TEST_F(CompiledCode, IsRefusedWhenItIsCutOff) {
    save(answer_text);
    const std::string whole = bytes();
    for (const std::size_t size : {std::size_t{8}, std::size_t{11}, std::size_t{19},
                                   std::size_t{51}, std::size_t{60}, whole.size() - 1}) {
        write(whole.substr(0, size));
        expect_refusal(HasSubstr("is cut off"));
    }
}

TEST_F(CompiledCode, IsRefusedWhenAByteChanged) {
    save(answer_text);
    const std::string whole = bytes();
    for (const std::size_t at :
         {std::size_t{20}, std::size_t{52}, whole.size() / 2, whole.size() - 1}) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        write(damaged);
        expect_refusal(HasSubstr("is damaged"));
    }
    write(whole + "x");
    expect_refusal(HasSubstr("is damaged"));
}

TEST_F(CompiledCode, IsRefusedByAnotherVersionOfTheEngine) {
    save(answer_text);
    rewrite([](CompiledFile& content) { content.engine = "Wasmtime 1.2.3"; });
    expect_refusal(AllOf(HasSubstr("was compiled by Wasmtime 1.2.3"),
                         HasSubstr(std::string(engine_version()))));
}

TEST_F(CompiledCode, IsRefusedByAnotherVersionOfTheKernel) {
    save(answer_text);
    rewrite([](CompiledFile& content) { content.kernel[0] ^= std::byte{1}; });
    expect_refusal(HasSubstr("another version of Sluice"));
}

TEST_F(CompiledCode, IsRefusedWhereTheCpuLacksAFeature) {
    // No CPU has this one; the engine looks at the features that the code itself names.
    save(answer_text);
    std::string image;
    rewrite([&](CompiledFile& content) {
        image = as_text(content.modules[0].image);
        const std::size_t at = image.find("has_");
        ASSERT_NE(at, std::string::npos);
        image[at + 4] = '~';
        content.modules[0].image = as_bytes(image);
    });
    EXPECT_ERROR_SAYING(
        load(), ErrorCode::invalid_input,
        AllOf(HasSubstr("plug-in answer"), HasSubstr("another CPU"), HasSubstr("has_~")));
}

TEST_F(CompiledCode, IsRefusedWhenItIsMadeOfOtherWebAssembly) {
    save(answer_text);
    EXPECT_EQ(load({.wasm_hash = std::string(answer_hash)}).try_call("answer").status, 0);
    expect_refusal(AllOf(HasSubstr(std::string(answer_hash)), HasSubstr("not 00")),
                   {.wasm_hash = std::string(64, '0')});
}

TEST_F(CompiledCode, IsRefusedWhenOthersMayHaveWrittenIt) {
    save(answer_text);
    const auto mode = fs::status(file_).permissions();
    EXPECT_EQ(mode & (fs::perms::group_write | fs::perms::others_write), fs::perms::none);
    for (const fs::perms more : {fs::perms::group_write, fs::perms::others_write}) {
        fs::permissions(file_, mode | more);
        expect_refusal(HasSubstr("others may write to it"));
        EXPECT_EQ(load({.trust_any_writer = true}).try_call("answer").status, 0);
    }
    fs::permissions(file_, mode);
    fs::permissions(folder_.path(), fs::perms::all);
    expect_refusal(HasSubstr("anybody may write to its folder"));
    EXPECT_EQ(load({.trust_any_writer = true}).try_call("answer").status, 0);
}

TEST_F(CompiledCode, IsJudgedBehindALinkWhereItLies) {
    save(answer_text);
    const tests::TemporaryFolder elsewhere;
    const fs::path link = elsewhere.path() / "plugin.cwasm";
    fs::create_symlink(file_, link);
    Plugin(CompiledPlugin::load(runtime_, link)).call("answer");
    fs::permissions(folder_.path(), fs::perms::all);
    EXPECT_ERROR_SAYING(CompiledPlugin::load(runtime_, link), ErrorCode::invalid_input,
                        HasSubstr("anybody may write to its folder"));
}

TEST_F(CompiledCode, StaysAsItWasWhenItCannotBeWritten) {
    const CompiledPlugin compiled(runtime_, Manifest::bytes(as_bytes(answer_text)));
    EXPECT_ERROR_SAYING(compiled.save(folder_.path() / "missing" / "plugin.cwasm"),
                        ErrorCode::unavailable, HasSubstr("missing"));
}

}  // namespace
}  // namespace sluice
