#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string extism = guest_path("extism_text");
const std::string packed = guest_path("packed_text");

Ended call(const std::string& guest, std::vector<std::string> rest, std::string_view input = {}) {
    rest.insert(rest.begin(), {"call", guest});
    return sluice(rest, input);
}

void expect_answer(const Ended& run, std::string_view answer) {
    EXPECT_EQ(run.output, answer);
    EXPECT_EQ(run.status, 0) << run.errors;
    EXPECT_EQ(run.errors, "");
}

void expect_failure(const Ended& run, const testing::Matcher<std::string>& errors) {
    EXPECT_EQ(run.status, 1);
    EXPECT_EQ(run.output, "");
    EXPECT_THAT(run.errors, AllOf(StartsWith("sluice: error: "), errors));
}

/// A guest written in the test.
class WrittenGuest {
  public:
    explicit WrittenGuest(std::string_view text) { std::ofstream(path()) << text; }
    std::string path() const { return folder_.path() / "written.wat"; }

  private:
    TemporaryFolder folder_;
};

TEST(Call, CallsAnExtismGuest) {
    expect_answer(call(extism, {"count_vowels", "--input", "Hello, World!"}), "03");
}

/// Runs for long enough to be seen by a clock that ticks every few milliseconds.
constexpr std::string_view busy_guest = R"((module
  (func $spin (param i32)
    (loop $again
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if $again (local.get 0))))
  (func $inner (call $spin (i32.const 100000000)))
  (func $run (export "run") (result i32) (call $inner) (i32.const 0))
  (func (export "stop") (result i32) (call $inner) unreachable)
  (func (export "rest") (result i32) (i32.const 0))))";

TEST(Call, WritesAProfile) {
    const WrittenGuest guest(busy_guest);
    const TemporaryFolder folder;
    const std::string page = folder.path() / "flames.html";

    const Ended run = call(guest.path(), {"run", "--profile", page});

    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.output, "0");
    EXPECT_THAT(run.errors, HasSubstr(" samples\n"));
    const std::string text = read_file(page);
    EXPECT_THAT(text, StartsWith("<!doctype html>"));
    EXPECT_THAT(text,
                AllOf(HasSubstr("[\"run\","), HasSubstr("[\"inner\","), HasSubstr("[\"spin\",")));
}

TEST(Call, WritesAProfileOfACallThatFailed) {
    const WrittenGuest guest(busy_guest);
    const TemporaryFolder folder;
    const std::string page = folder.path() / "flames.html";

    EXPECT_EQ(call(guest.path(), {"stop", "--profile", page}).status, 1);

    EXPECT_THAT(read_file(page), HasSubstr("[\"spin\","));
}

TEST(Call, SaysThatAProfileHasNoSamplesOrNoPlace) {
    const WrittenGuest guest(busy_guest);
    const TemporaryFolder folder;
    EXPECT_THAT(call(guest.path(), {"rest", "--profile", folder.path() / "flames.html"}).errors,
                HasSubstr("--repeat"));
    EXPECT_THAT(call(guest.path(), {"rest", "--profile", folder.path() / "no/flames.html"}).errors,
                HasSubstr("no/flames.html: the profile cannot be written: "));
}

TEST(Call, TakesItsInputFromAFlagAFileOrStandardInput) {
    const TemporaryFolder folder;
    const std::string file = folder.path() / "input";
    std::ofstream(file) << "from a file";

    expect_answer(call(extism, {"echo", "-i", "from a flag"}, "not this"), "from a flag");
    expect_answer(call(extism, {"echo", "--input-file", file}, "not this"), "from a file");
    expect_answer(call(extism, {"echo", "--input-file", "-"}, "from a pipe"), "from a pipe");
    expect_answer(call(extism, {"echo"}, "from a pipe"), "from a pipe");
    expect_answer(call(extism, {"echo", "--input", ""}, "not this"), "");
}

TEST(Call, PassesBytesThatAreNoText) {
    std::string bytes(256, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);

    expect_answer(call(extism, {"echo"}, bytes), bytes);
    expect_answer(call(packed, {"double"}, bytes), bytes + bytes);
}

TEST(Call, GivesExtismGuestsTheirConfiguration) {
    expect_answer(call(extism, {"config", "-i", "b", "--config", "a=1", "--config", "b=x=y"}),
                  "x=y");
    expect_answer(call(extism, {"config", "-i", "a", "--config-json", R"({"a":"one","b":"two"})"}),
                  "one");
    expect_answer(
        call(extism, {"config", "-i", "a", "--config-json", R"({"a":"one"})", "--config", "a=two"}),
        "two");
    expect_failure(call(extism, {"config", "-i", "a", "--config-json", R"({"a":1})"}),
                   HasSubstr("must be a text, not 1"));
}

TEST(Call, PrintsTheGuestsLogOnStandardError) {
    const Ended run = call(extism, {"log", "-i", "hello", "--log-level", "info"});

    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.output, "");
    EXPECT_EQ(run.errors, "info: hello\nerror: hello\n");
    EXPECT_EQ(call(extism, {"log", "-i", "hello", "--log-level", "off"}).errors, "");
}

TEST(Call, FailsWithTheGuestsOwnWords) {
    expect_failure(call(extism, {"fail", "-i", "no such colour"}),
                   HasSubstr("plug-in extism_text: `fail`: no such colour"));
    expect_failure(call(extism, {"fail_silently"}), HasSubstr("returned 3"));
    expect_failure(call(extism, {"trap"}), HasSubstr("unreachable"));
}

TEST(Call, HintsAtInspectWhenTheFunctionIsMissing) {
    for (const std::string& guest : {extism, packed})
        expect_failure(call(guest, {"dance"}),
                       AllOf(HasSubstr("no function `dance` is exported"),
                             HasSubstr("sluice: hint: `sluice inspect FILE.wasm`")));
}

TEST(Call, StopsAnEndlessLoop) {
    for (const std::string& guest : {extism, packed})
        expect_failure(call(guest, {"spin", "--timeout-ms", "50"}),
                       AllOf(HasSubstr("`spin`: stopped at its deadline"),
                             HasSubstr("sluice: hint: --timeout-ms")));
}

TEST(Call, StopsAPluginAtItsFuel) {
    for (const std::string& guest : {extism, packed})
        expect_failure(call(guest, {"spin", "--fuel", "10000"}),
                       AllOf(HasSubstr("`spin`: ran out of fuel, of which it may use 10000"),
                             HasSubstr("sluice: hint: --fuel")));
    expect_answer(call(extism, {"echo", "-i", "x", "--fuel", "10000"}), "x");
}

TEST(Call, BoundsMemoryAndVariables) {
    expect_answer(call(packed, {"grow"}), "1");
    expect_answer(call(packed, {"grow", "--memory-max-pages", "4"}), "-1");
    expect_failure(
        call(extism, {"echo", "--memory-max-pages", "4"}, std::string(1 << 20, 'x')),
        AllOf(HasSubstr("no room for an input"), HasSubstr("sluice: hint: --memory-max-pages")));
    expect_failure(call(extism, {"remember", "-i", "x", "--var-max-bytes", "0"}),
                   HasSubstr("variables are disabled"));
}

TEST(Call, RefusesWhatIsNoPlugin) {
    const WrittenGuest text("just text");

    expect_failure(call("/nowhere/guest.wasm", {"f"}), HasSubstr("/nowhere/guest.wasm"));
    expect_failure(call(text.path(), {"f"}), HasSubstr("plug-in written"));
    expect_failure(call(extism, {"echo", "--input-file", "/nowhere/input"}),
                   HasSubstr("/nowhere/input"));
}

TEST(Call, CallsGuestsThatPackPointerAndLength) {
    expect_answer(call(packed, {"get_name"}), "packed-guest");
    expect_answer(call(packed, {"double", "-i", "ab"}), "abab");
    expect_answer(call(packed, {"double", "-i", ""}), "");
    expect_answer(call(packed, {"no_opinion", "-i", "ab"}), "");
    expect_answer(call(packed, {"swallow", "-i", "ab"}), "");
}

TEST(Call, PrintsTheNumberThatARawGuestGives) {
    expect_answer(call(packed, {"size", "-i", "12345"}), "5");
}

TEST(Call, FreesAnAnswerTheWayTheGuestAsksFor) {
    expect_failure(call(packed, {"foreign_block"}), HasSubstr("`free`"));
    const WrittenGuest one_argument(R"((module
        (memory (export "memory") 1)
        (data (i32.const 64) "hello")
        (global $freed (mut i32) (i32.const 0))
        (func (export "plugin_malloc") (param i32) (result i32) (i32.const 128))
        (func (export "plugin_free") (param $at i32)
          (if (i32.ne (local.get $at) (i32.const 64)) (then (unreachable))))
        (func (export "malloc") (param i32) (result i32) (unreachable))
        (func (export "free") (param i32) (unreachable))
        (func (export "hello") (result i64) (i64.const 0x4000000005))))");

    expect_answer(call(one_argument.path(), {"hello"}), "hello");
}

TEST(Call, RefusesAnswersOutsideTheGuestsMemory) {
    expect_failure(call(packed, {"lie"}),
                   HasSubstr("`lie` answered 100 bytes at 65530, which is outside its memory of "
                             "65536 bytes"));
    expect_failure(call(packed, {"huge_lie"}), HasSubstr("outside its memory"));
}

TEST(Call, RefusesTypesThatItDoesNotKnowAndInputThatNobodyReads) {
    expect_failure(call(packed, {"odd"}), HasSubstr("`odd` has the type (f64) -> i64"));
    expect_failure(call(packed, {"get_name", "-i", "x"}), HasSubstr("takes no input"));
    const WrittenGuest without_allocator(R"((module
        (memory (export "memory") 1)
        (func (export "eat") (param i32 i32) (result i64) (i64.const 0))))");
    expect_failure(call(without_allocator.path(), {"eat", "-i", "x"}),
                   HasSubstr("exports no `malloc` or `plugin_malloc`"));
}

TEST(Call, GivesGatewayPluginsTheirConfigurationThroughInit) {
    expect_answer(call(packed, {"config_mark"}), "125");  // the second character of {}
    expect_answer(call(packed, {"config_mark", "--config", "a=b"}), "34");
    expect_answer(call(packed, {"config_mark", "--config-json", R"({"words":["a"]})"}), "34");
    expect_answer(call(packed, {"init", "-i", "[]"}), "1");
    expect_failure(call(packed, {"config_mark", "--config-json", "[]"}), HasSubstr("object"));
}

TEST(Call, ServesAllocatorsThatOnlyCount) {
    const WrittenGuest counter(R"((module
        (memory (export "memory") 1)
        (data (i32.const 1024) "static data")
        (global $next (mut i32) (i32.const 0))
        (func (export "malloc") (param $size i32) (result i32)
          (global.get $next)
          (global.set $next (i32.add (global.get $next) (local.get $size))))
        (func (export "free") (param i32))
        (func (export "init") (param i32 i32) (result i32) (i32.const 0))
        (func (export "first_static_byte") (param i32 i32) (result i32)
          (i32.load8_u (i32.const 1024)))))");

    expect_answer(call(counter.path(), {"first_static_byte"}, std::string(1'000'000, 'x')), "115");
}

TEST(Call, PrintsWhatProgramsPrintAndTakesTheirStatus) {
    const WrittenGuest program(R"((module
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\03\00\00\00")
        (data (i32.const 16) "hi\n")
        (func $print (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
        (func (export "_start") (call $print) (call $exit (i32.const 0)))))");
    const WrittenGuest failing(R"((module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start") (call $exit (i32.const 7)))))");

    expect_answer(call(program.path(), {"_start"}), "hi\n");
    expect_failure(call(failing.path(), {"_start"}), HasSubstr("exited with status 7"));
}

TEST(Call, KeepsWhatPluginsPrintAwayFromTheAnswer) {
    const WrittenGuest chatty(R"((module
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\03\00\00\00")
        (data (i32.const 16) "hi\n")
        (func (export "number") (result i32)
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (i32.const 5))))");

    const Ended run = call(chatty.path(), {"number"});

    EXPECT_EQ(run.output, "5");
    EXPECT_EQ(run.errors, "hi\n");
}

TEST(Call, ReadsAManifestAndAddsWhatTheFlagsSay) {
    const TemporaryFolder folder;
    const std::string manifest = folder.path() / "manifest.json";
    std::ofstream(manifest) << R"({"wasm":[{"path":")" + extism +
                                   R"("}],"config":{"a":"one","b":"two"}})";
    expect_answer(call(manifest, {"config", "-i", "b", "-m"}), "two");
    expect_answer(call(manifest, {"config", "-i", "a", "--manifest", "--config", "a=new"}), "new");
    std::ofstream(manifest) << R"({"wasm":[{"path":"x"}],"timeout":5})";
    expect_failure(call(manifest, {"config", "-m"}),
                   HasSubstr("manifest.json:1: timeout: unknown key; known here: wasm"));
}

TEST(Call, LinksFurtherModules) {
    const TemporaryFolder folder;
    const std::string lib = folder.path() / "lib.wat";
    const std::string main = folder.path() / "main.wat";
    std::ofstream(lib) << R"((module (func (export "f") (result i32) (i32.const 7))))";
    std::ofstream(main) << R"((module (import "lib" "f" (func $f (result i32)))
        (func $run (export "run") (result i32) (i32.sub (call $f) (i32.const 7)))))";
    expect_answer(call(main, {"run", "--link", lib, "-i", ""}), "");
    expect_answer(call(main, {"run", "--link", "lib=" + lib, "-i", ""}), "");
    expect_failure(call(main, {"run", "--link", "other=" + lib, "-i", ""}),
                   HasSubstr("`lib::f` has not been defined"));
}

TEST(Call, AllowsFoldersOnlyWhenToldTo) {
    const TemporaryFolder folder;
    std::ofstream(folder.path() / "file") << "content";
    const WrittenGuest guest(R"((module
      (import "extism:host/env" "input_length" (func (result i64)))
      (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 64) "file")
      (func (export "write") (result i32)
        (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 1)
          (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 0)))))");
    const std::string path = folder.path();
    expect_failure(call(guest.path(), {"write", "-i", ""}), HasSubstr("returned 8"));
    expect_answer(
        call(guest.path(), {"write", "-i", "", "--wasi", "--allow-path", path + ":/data"}), "");
    expect_failure(call(guest.path(), {"write", "-i", "", "--allow-path", "ro:" + path + ":/data"}),
                   HasSubstr("returned 63"));
}

TEST(Call, RepeatsAndTellsTheTimes) {
    const Ended run =
        call(extism, {"echo", "-i", "again", "--repeat", "3", "--time", "--loop", "3"});
    EXPECT_EQ(run.status, 2) << "one flag under two names";
    const Ended repeated = call(extism, {"echo", "-i", "again", "--loop", "3", "--time"});
    EXPECT_EQ(repeated.output, "again\nagain\nagain\n");
    EXPECT_THAT(repeated.errors, AllOf(HasSubstr("compile "), HasSubstr("instantiate "),
                                       HasSubstr("call, median "), HasSubstr("call, p99 ")));
}

TEST(Call, PrintsOneObjectForPrograms) {
    const Ended run = call(extism, {"echo", "-i", "say \"hi\"", "--json"});
    EXPECT_EQ(run.status, 0);
    EXPECT_THAT(run.output, AllOf(StartsWith(R"({"output":"say \"hi\"","error":null,"status":0,)"),
                                  HasSubstr("\"calls_ns\":[")));
    const Ended bytes = call(extism, {"echo", "--json"}, "\xff\x01");
    EXPECT_THAT(bytes.output, AllOf(HasSubstr(R"("encoding":"base64")"), HasSubstr("/wE=")));
    const Ended failed = call(extism, {"nope", "-i", "", "--json"});
    EXPECT_EQ(failed.status, 1);
    EXPECT_THAT(failed.output, AllOf(HasSubstr(R"("status":1)"), HasSubstr("nope")));
}

TEST(Call, TakesNoLimitForZero) {
    expect_answer(call(extism, {"echo", "-i", "x", "--timeout", "0", "--memory-max", "0",
                                "--var-max", "-1", "--http-response-max", "-1"}),
                  "x");
}

TEST(Call, EndsTheLineWhenATerminalShowsIt) {
    EXPECT_EQ(sluice_on_terminal({"call", packed, "get_name"}), "packed-guest\r\n");
}

}  // namespace
}  // namespace sluice::tests
