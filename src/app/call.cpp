#include "app/call.hpp"

#include "app/files.hpp"
#include "app/module_report.hpp"
#include "app/raw_guest.hpp"
#include "base/json_reader.hpp"
#include "plugin/compiled_plugin_state.hpp"
#include "wasm/image_cache.hpp"

#include <sluice/plugin.hpp>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <unistd.h>

#include <map>
#include <memory>

namespace sluice::app {
namespace {

using Config = std::map<std::string, std::string, std::less<>>;

struct Options {
    std::filesystem::path file;
    std::string function;
    std::optional<std::string> input;
    std::string input_file;
    std::vector<std::string> config;
    std::string config_json;
    std::int64_t timeout_ms = 30'000;
    std::uint32_t max_pages = 4096;
    std::uint64_t max_var_bytes = 1 << 20;
    std::string log_level = "warn";
};

void print_to_stderr(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
}

/// "K=V" pairs; a pair without "=" has an empty value.
Config pairs(const std::vector<std::string>& arguments) {
    Config config;
    for (const std::string& argument : arguments) {
        const std::size_t at = argument.find('=');
        config[argument.substr(0, at)] = at == std::string::npos ? "" : argument.substr(at + 1);
    }
    return config;
}

/// What an Extism guest reads by `config_get`: texts.
Config texts_of(const Options& options) {
    Config config;
    if (!options.config_json.empty()) {
        const std::string text = fmt::format("{{\"--config-json\": {}}}", options.config_json);
        JsonFile document("command line", text);
        for (auto& [key, value] : document.root().text_map("--config-json")) config[key] = value;
        document.finish();
    }
    for (auto& [key, value] : pairs(options.config)) config[key] = value;
    return config;
}

/// What a gateway plug-in gets in `init`: an object of any shape.
std::string json_of(const Options& options) {
    boost::json::object object;
    if (!options.config_json.empty()) {
        JsonFile document("--config-json", options.config_json);
        document.root();
        document.finish();
        object = boost::json::parse(options.config_json).as_object();
    }
    for (const auto& [key, value] : pairs(options.config)) object[key] = value;
    return boost::json::serialize(object);
}

std::string input_of(const Options& options) {
    if (options.input) return *options.input;
    if (options.input_file.empty() || options.input_file == "-") return read_standard_input();
    return read_file(options.input_file);
}

/// What the guest prints goes to standard error: standard output is for what the call gives. A
/// program's printing is what it gives.
std::function<void(int, std::string_view)> output_for(std::string_view function) {
    if (function != "_start") return [](int, std::string_view text) { print_to_stderr(text); };
    return [](int fd, std::string_view text) {
        if (fd == 1)
            write_standard_output(text);
        else
            print_to_stderr(text);
    };
}

std::string call_extism_guest(const Runtime& runtime, const wasm::Module& module,
                              const Options& options) {
    Manifest manifest;
    manifest.config = texts_of(options);
    manifest.memory = {.max_pages = options.max_pages, .max_var_bytes = options.max_var_bytes};
    manifest.timeout = std::chrono::milliseconds(options.timeout_ms);
    PluginOptions plugin_options{
        .log =
            [](LogLevel level, std::string_view message) {
                print_to_stderr(fmt::format("{}: {}\n", to_string(level), message));
            },
        .log_level = log_level(options.log_level).value(),
        .output = output_for(options.function),
    };
    Plugin plugin(CompiledPlugin(
        make_compiled(runtime, module, std::move(manifest), std::move(plugin_options))));
    // Looked up before standard input is read: nobody should type for nothing.
    if (!plugin.function_exists(options.function)) plugin.call(options.function);
    const std::string input = input_of(options);
    return std::string(as_text(plugin.call(options.function, as_bytes(input))));
}

std::string call_raw_guest(const Runtime& runtime, const wasm::Module& module,
                           const Options& options) {
    const RawGuestOptions raw{
        .timeout = std::chrono::milliseconds(options.timeout_ms),
        .max_pages = options.max_pages,
        .config_json = json_of(options),
        .output = output_for(options.function),
    };
    const wasm::FunctionType* type = module.exported_function(options.function);
    const bool reads = type != nullptr && takes_input(*type);
    if (type != nullptr && !reads && type->parameters.empty() &&
        (options.input || !options.input_file.empty()))
        throw Error(ErrorCode::invalid_input, fmt::format("plug-in {}: `{}` takes no input",
                                                          module.name(), options.function));
    const std::string input = reads ? input_of(options) : std::string();
    return call_raw_guest(runtime.state().engine, module, options.function, input, raw);
}

void call(const Options& options) {
    // Standard output is for the answer alone; the default logger would write there.
    spdlog::set_default_logger(spdlog::stderr_color_mt("sluice"));
    const std::string wasm = read_file(options.file);
    const Runtime runtime({.image_cache = wasm::ImageCache::default_folder()});
    const wasm::Module module =
        runtime.state().compile(options.file.stem().string(), as_bytes(wasm));
    const GuestKind kind = report_on(module).kind;
    const bool by_extism =
        kind == GuestKind::extism || (kind == GuestKind::command && options.function == "_start");
    const std::string answer = by_extism ? call_extism_guest(runtime, module, options)
                                         : call_raw_guest(runtime, module, options);
    write_standard_output(answer);
    // Other programs get the bytes alone, people a whole line.
    if (!answer.empty() && answer.back() != '\n' && ::isatty(STDOUT_FILENO) == 1)
        write_standard_output("\n");
}

void add_options(CLI::App& command, Options& options) {
    command.add_option("file", options.file, "The module, binary or text (WAT)")->required();
    command.add_option("function", options.function, "The export to call")->required();
    auto* input = command.add_option("-i,--input", options.input, "The input");
    command
        .add_option("--input-file", options.input_file,
                    "A file with the input; - or neither of the two: standard input")
        ->excludes(input);
    command
        .add_option("--config", options.config,
                    "KEY=VALUE, repeatable: what the plug-in reads as its configuration")
        ->allow_extra_args(false);
    command.add_option("--config-json", options.config_json,
                       "The configuration as a JSON object; --config adds to it");
    command.add_option("--timeout-ms", options.timeout_ms, "Stop the plug-in after so long")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{86'400'000}))
        ->capture_default_str();
    command
        .add_option("--memory-max-pages", options.max_pages,
                    "Memory that the plug-in may have, in pages of 64 KiB")
        ->check(CLI::Range(1U, 65'536U))
        ->capture_default_str();
    command
        .add_option("--var-max-bytes", options.max_var_bytes,
                    "Bytes of all variables together; 0 forbids them")
        ->capture_default_str();
    command
        .add_option("--log-level", options.log_level,
                    "Print the plug-in's messages from this level on")
        ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
        ->capture_default_str();
}

}  // namespace

void add_call_command(CLI::App& program) {
    CLI::App* command =
        program.add_subcommand("call", "Calls one function of a plug-in and prints what it gives");
    const auto options = std::make_shared<Options>();
    add_options(*command, *options);
    command->footer(
        "Works for Extism plug-ins, for gateway plug-ins and for any module that passes bytes as\n"
        "pointer and length. The answer goes to standard output, everything else to standard "
        "error.\n\n"
        "Examples:\n"
        "  sluice call count_vowels.wasm count_vowels --input 'Hello, World!'\n"
        "  sluice call greet.wasm greet --config greeting=Hallo < name.txt\n"
        "  sluice call guardrail.wasm get_name\n"
        "  sluice call guardrail.wasm pre_hook --input-file request.json --timeout-ms 500");
    command->callback([options] { call(*options); });
}

}  // namespace sluice::app
