#include "expect_error.hpp"
#include "plugins.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

extern char** environ;

namespace sluice {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* compiler = "clang-19";

/// tests/guests/lines.c, compiled without optimisation: with it clang has `wasm-opt` go over the
/// module where that is installed, which spoils line tables.
class SourceLines : public testing::Test {
  protected:
    void build(std::vector<std::string> flags) {
        std::vector<std::string> line{
            compiler, "--target=wasm32", "-O0",  "-nostdlib", "-Wl,--no-entry",
            "-o",     file_.string(),    source_};
        line.insert(line.end(), flags.begin(), flags.end());
        std::vector<char*> arguments;
        for (std::string& argument : line) arguments.push_back(argument.data());
        arguments.push_back(nullptr);
        pid_t process = 0;
        ASSERT_EQ(::posix_spawnp(&process, compiler, nullptr, nullptr, arguments.data(), environ),
                  0)
            << compiler << " cannot be started; `tools/setup guest-cpp` installs it";
        int status = 0;
        while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
        }
        ASSERT_EQ(status, 0) << compiler << " cannot build " << source_
                             << "; `tools/setup guest-cpp` installs what it needs";
    }
    void expect_trap(const testing::Matcher<std::string>& text, PluginOptions options = {}) {
        Plugin plugin(Manifest::file(file_), std::move(options));
        EXPECT_EQ(tests::call(plugin, "divide", "seven"), "");
        EXPECT_ERROR_SAYING(plugin.call("divide"), ErrorCode::trap,
                            AllOf(HasSubstr("integer divide by zero"), text));
    }

    tests::TemporaryFolder folder_{};
    std::filesystem::path file_ = folder_.path() / "lines.wasm";
    std::string source_ = SLUICE_TEST_GUESTS "/lines.c";
};

TEST_F(SourceLines, AreInTheTraceOfAGuestThatHasThem) {
    build({"-g"});

    const auto both = AllOf(HasSubstr("lines.c:6:"), HasSubstr("lines.c:10:"));
    expect_trap(both);
    expect_trap(both, {.fusion = false});
    expect_trap(both, {.fuel = 1'000'000});
}

TEST_F(SourceLines, AreMissedByNobodyWhereThereAreNone) {
    build({"-Wl,--strip-debug"});

    expect_trap(AllOf(HasSubstr("divide"), Not(HasSubstr("lines.c"))));
}

TEST_F(SourceLines, AreKeptInCompiledCode) {
    build({"-g"});
    const std::filesystem::path compiled = folder_.path() / "lines.cwasm";
    const Runtime runtime({.image_cache = folder_.path() / "images"});

    CompiledPlugin(runtime, Manifest::file(file_)).save(compiled);

    for (const CompiledPlugin& each : {CompiledPlugin::load(runtime, compiled),
                                       CompiledPlugin(runtime, Manifest::file(file_))}) {
        Plugin plugin(each);
        EXPECT_ERROR_SAYING(plugin.call("divide"), ErrorCode::trap, HasSubstr("lines.c:6:"));
    }
}

TEST_F(SourceLines, DoNoHarmWhenTheyAreNonsense) {
    build({"-g"});
    std::string module = tests::read_file(file_);
    const std::size_t table = module.find(".debug_line") + std::string_view(".debug_line").size();
    ASSERT_LT(table + 60, module.size());
    for (std::size_t at = table; at < table + 60; ++at) module[at] = static_cast<char>(0xff);
    Plugin plugin(Manifest::bytes(as_bytes(module), "nonsense"));

    EXPECT_ERROR_SAYING(plugin.call("divide"), ErrorCode::trap,
                        HasSubstr("integer divide by zero"));
}

}  // namespace
}  // namespace sluice
