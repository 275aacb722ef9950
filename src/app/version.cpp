#include "app/version.hpp"

#include "app/files.hpp"

#include <sluice/runtime.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace sluice::app {

void add_version_command(CLI::App& program) {
    CLI::App* command =
        program.add_subcommand("version", "Prints the versions of Sluice, engine and compiler");
    command->footer("Example:\n  sluice version");
    command->callback([] {
#if defined(__clang__)
        constexpr std::string_view compiler = "clang " __clang_version__;
#else
        constexpr std::string_view compiler = "gcc " __VERSION__;
#endif
        write_standard_output(fmt::format("sluice   {}\nengine   {}\ncompiler {}\n", version(),
                                          engine_version(), compiler));
    });
}

}  // namespace sluice::app
