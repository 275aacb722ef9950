#include "program.hpp"

#include "extism_guest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace sluice::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What `inspect` says about a module in a file called guest.wat, from its second line on.
std::string inspect(std::string_view module) {
    const TemporaryFolder folder;
    const std::string path = folder.path() / "guest.wat";
    std::ofstream(path) << module;
    const Ended run = sluice({"inspect", path});
    EXPECT_EQ(run.status, 0) << run.errors;
    return run.output.substr(run.output.find('\n') + 1);
}

std::string exporting(std::string_view functions) {
    return "(module (memory (export \"memory\") 1) " + std::string(functions) + ")";
}

TEST(Inspect, ListsWhatAModuleImportsAndExports) {
    EXPECT_EQ(inspect(R"((module
        (import "env" "abort" (func (param i32 i32 i32 i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
        (memory (export "memory") 2 16)
        (global (export "__heap_base") i32 (i32.const 1024))
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func (export "free") (param i32 i32))
        (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0))
        (func (export "http_pre_hook") (param i32 i32) (result i64) (i64.const 0))))"),
              R"(  kind       gateway plug-in, generation C
  size       524 bytes
  hooks      http_pre_hook, pre_hook
  allocator  malloc(size), free(pointer, size)
  memory     2 pages (128.0 KiB), at most 16 pages (1.0 MiB)

exports
  memory    memory         2 pages (128.0 KiB), at most 16 pages (1.0 MiB)
  global    __heap_base
  function  malloc         (i32) -> i32
  function  free           (i32, i32)
  function  pre_hook       (i32, i32) -> i64
  function  http_pre_hook  (i32, i32) -> i64

imports
  function  env abort                         (i32, i32, i32, i32)
  function  wasi_snapshot_preview1 proc_exit  (i32)
)");
}

TEST(Inspect, NamesTheHostCallsThatAPlugInMakes) {
    EXPECT_THAT(inspect(R"((module
        (import "sluice" "var_get" (func (param i32 i32) (result i64)))
        (import "sluice" "http_request" (func (param i32 i32 i32 i32) (result i64)))
        (memory (export "memory") 1)
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0))))"),
                HasSubstr("  host calls  var_get, http_request\n"));
}

TEST(Inspect, SaysThatAnEmptyModuleHasNothing) {
    EXPECT_EQ(inspect("(module)"), R"(  kind    WebAssembly module
  size    8 bytes
  memory  none

exports
  none

imports
  none
)");
}

TEST(Inspect, TellsTheGenerationsOfGatewayPlugins) {
    const auto generation = [](std::string_view functions, std::string_view expected) {
        EXPECT_THAT(inspect(exporting(functions)), HasSubstr(expected)) << functions;
    };
    generation(R"((func (export "http_transport_intercept") (param i32 i32 i32 i32) (result i64)
        (i64.const 0)))",
               "generation A");
    generation(R"((func (export "pre_hook") (param i32 i32 i32 i32) (result i64) (i64.const 0)))",
               "generation A");
    generation(R"((func (export "post_hook") (param i32 i32 i32 i32 i32 i32) (result i64)
        (i64.const 0)))",
               "generation A");
    generation(R"((func (export "http_intercept") (param i32 i32) (result i64) (i64.const 0)))",
               "generation B");
    generation(R"((func (export "post_hook") (param i32 i32) (result i64) (i64.const 0)))",
               "generation C");
    generation(R"((func (export "http_stream_chunk_hook") (param i32 i32) (result i64)
        (i64.const 0)))",
               "generation C");
    generation(R"((func (export "http_intercept") (param i32 i32) (result i64) (i64.const 0))
        (func (export "http_post_hook") (param i32 i32) (result i64) (i64.const 0)))",
               "generation C");
}

TEST(Inspect, NamesTheHooksOfOlderGenerationsAsTheModuleDoes) {
    EXPECT_THAT(inspect(exporting(
                    R"((func (export "post_hook") (param i32 i32 i32 i32 i32 i32) (result i64)
        (i64.const 0))
        (func (export "http_transport_intercept") (param i32 i32 i32 i32) (result i64)
        (i64.const 0)))")),
                HasSubstr("  hooks   http_transport_intercept, post_hook\n"));
}

TEST(Inspect, TellsExtismPluginsAndPrograms) {
    EXPECT_THAT(sluice({"inspect", guest_path("extism_text")}).output,
                HasSubstr("kind    Extism plug-in"));
    EXPECT_THAT(inspect(exporting(R"((func (export "_start")))")), HasSubstr("WASI program"));
}

TEST(Inspect, TellsAnExtismPluginThatIsAlsoTheGateways) {
    const std::string report = inspect(extism_guest(R"((func (export "pre_hook"))
        (func (export "count") (result i32) (i32.const 0)))"));
    EXPECT_THAT(report,
                HasSubstr("kind    Extism plug-in, also the gateway's (generation extism)"));
    EXPECT_THAT(report, HasSubstr("  hooks   pre_hook\n"));
}

TEST(Inspect, GivesJsonForOtherPrograms) {
    const Ended run = sluice({"inspect", "--json", guest_path("packed_text")});

    EXPECT_EQ(run.status, 0);
    const boost::json::object report = boost::json::parse(run.output).as_object();
    EXPECT_EQ(report.at("kind"), "plain");
    EXPECT_TRUE(report.at("generation").is_null());
    EXPECT_EQ(report.at("memory").at("minimum_pages"), 1);
    EXPECT_EQ(report.at("allocator"), "malloc(size), free(pointer, size)");
    const boost::json::object& memory = report.at("exports").at(0).as_object();
    EXPECT_EQ(memory.at("kind"), "memory");
    const boost::json::object& malloc = report.at("exports").at(1).as_object();
    EXPECT_EQ(malloc.at("name"), "malloc");
    EXPECT_EQ(malloc.at("type"), "(i32) -> i32");
}

TEST(Inspect, RefusesWhatIsNoModule) {
    const TemporaryFolder folder;
    const std::string path = folder.path() / "guest.wasm";
    std::ofstream(path) << "\0asm broken";

    const Ended run = sluice({"inspect", path});

    EXPECT_EQ(run.status, 1);
    EXPECT_THAT(run.errors, testing::StartsWith("sluice: error: plug-in guest: "));
}

TEST(Inspect, ColoursOnTerminalsOnly) {
    const std::vector<std::string> line{"inspect", guest_path("packed_text")};
    constexpr std::string_view escape = "\033[";

    EXPECT_THAT(sluice_on_terminal(line), HasSubstr("\033[1mexports\033[0m"));
    EXPECT_THAT(sluice_on_terminal(line, {"NO_COLOR=1"}), Not(HasSubstr(escape)));
    EXPECT_THAT(sluice(line).output, Not(HasSubstr(escape)));
}

}  // namespace
}  // namespace sluice::tests
