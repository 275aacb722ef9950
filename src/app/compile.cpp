#include "app/compile.hpp"

#include "app/call_options.hpp"
#include "plugin/compiled_code.hpp"

#include <sluice/runtime.hpp>

#include <CLI/CLI.hpp>

#include <memory>

namespace sluice::app {
namespace {

constexpr std::string_view ending = ".cwasm";

struct Options {
    CallOptions modules{};  ///< only what says which modules there are
    std::filesystem::path output{};
    bool counts_fuel = false;
};

void compile(const Options& options) {
    const Runtime runtime;
    std::filesystem::path output = options.output;
    if (output.empty())
        output = std::filesystem::path(options.modules.file).filename().replace_extension(ending);
    PluginOptions compiling;
    if (options.counts_fuel) compiling.fuel = 0;  // the limit is said where it is called
    save_modules(runtime, compile_modules(runtime, manifest_of(options.modules), compiling),
                 output);
}

}  // namespace

void add_compile_command(CLI::App& program) {
    CLI::App* command = program.add_subcommand(
        "compile", "Compiles a plug-in ahead of time, for machines like this one");
    const auto options = std::make_shared<Options>();
    add_module_options(*command, options->modules);
    command->add_option("-o,--output", options->output,
                        "Where the code goes [FILE with the ending .cwasm, in this folder]");
    command->add_flag("--fuel", options->counts_fuel,
                      "Count fuel, so that calls can have a limit of it: slower code");
    command->footer(
        "What it writes starts in milliseconds with this version of Sluice, on CPUs that have "
        "what\n"
        "this one has. It is native code: `sluice call` and CompiledPlugin::load take it only "
        "when\n"
        "nobody but its owner can have written it.\n\n"
        "Examples:\n"
        "  sluice compile count_vowels.wasm -o count_vowels.cwasm\n"
        "  sluice compile main.wasm --link lib=lib.wasm");
    command->callback([options] { compile(*options); });
}

bool is_compiled_name(const std::filesystem::path& file) {
    return file.extension() == ending;
}

}  // namespace sluice::app
