#include "app/call.hpp"
#include "app/check.hpp"
#include "app/compile.hpp"
#include "app/dev.hpp"
#include "app/inspect.hpp"
#include "app/new_project.hpp"
#include "app/replay.hpp"
#include "app/serve.hpp"
#include "app/test_cases.hpp"
#include "app/version.hpp"

#include <sluice/error.hpp>
#include <sluice/runtime.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>

namespace {

constexpr int failed = 1;
constexpr int wrong_usage = 2;

/// What the caller of `sluice call` can do about it, where there is an answer.
std::string_view hint(const sluice::Error& error) {
    switch (error.code()) {
        case sluice::ErrorCode::missing_export:
            return "`sluice inspect FILE.wasm` lists what a plug-in exports";
        case sluice::ErrorCode::timeout:
            return "--timeout-ms gives it more time";
        case sluice::ErrorCode::fuel_limit:
            return "--fuel gives it more";
        case sluice::ErrorCode::memory_limit:
            return "--memory-max-pages gives it more memory";
        default:
            return {};
    }
}

int report(std::string_view message, std::string_view advice, int status) {
    fmt::print(stderr, "sluice: error: {}\n", message);
    if (!advice.empty()) fmt::print(stderr, "sluice: hint: {}\n", advice);
    return status;
}

int run(int argc, char** argv) {
    CLI::App program("Runs WebAssembly plug-ins: around LLM requests, and one by one", "sluice");
    program.require_subcommand(1);
    program.set_version_flag("--version", std::string(sluice::version()));
    sluice::app::add_serve_command(program);
    sluice::app::add_call_command(program);
    sluice::app::add_compile_command(program);
    sluice::app::add_inspect_command(program);
    sluice::app::add_new_command(program);
    sluice::app::add_check_command(program);
    sluice::app::add_test_command(program);
    sluice::app::add_dev_command(program);
    sluice::app::add_replay_command(program);
    sluice::app::add_version_command(program);
    program.footer("`sluice COMMAND --help` shows a command's flags and examples.");
    try {
        program.parse(argc, argv);
        return 0;
    } catch (const CLI::Success& wanted) {
        return program.exit(wanted);  // --help and --version
    } catch (const CLI::ParseError& mistake) {
        return report(mistake.what(), "`sluice --help` and `sluice COMMAND --help` say more",
                      wrong_usage);
    } catch (const sluice::Error& error) {
        const bool calls = program.got_subcommand("call");
        return report(error.what(), calls ? hint(error) : std::string_view(), failed);
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        return report(error.what(), {}, failed);
    }
}
