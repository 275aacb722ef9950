#include "app/call.hpp"

#include "app/call_options.hpp"
#include "app/compile.hpp"
#include "app/files.hpp"
#include "app/module_report.hpp"
#include "app/raw_guest.hpp"
#include "base/base64.hpp"
#include "base/json_text.hpp"
#include "base/replace_file.hpp"
#include "plugin/compiled_code.hpp"
#include "plugin/compiled_file.hpp"
#include "plugin/compiled_plugin_state.hpp"
#include "wasm/image_cache.hpp"

#include <sluice/plugin.hpp>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

namespace sluice::app {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

/// How long the parts of the work took, and in which functions.
struct Times {
    nanoseconds compile{};
    nanoseconds instantiate{};
    std::vector<nanoseconds> calls{};
    std::shared_ptr<Profile> profile{};  ///< null: nobody asked
};

template <class Work>
auto timed(nanoseconds& taken, Work&& work) {
    const auto begin = Clock::now();
    auto result = work();
    taken = Clock::now() - begin;
    return result;
}

void print_to_stderr(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
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

PluginOptions plugin_options(const CallOptions& options, const Times& times) {
    return {
        .log =
            [](LogLevel level, std::string_view message) {
                print_to_stderr(fmt::format("{}: {}\n", to_string(level), message));
            },
        .log_level = log_level(options.log_level).value(),
        .output = output_for(options.function),
        .profile = times.profile,
        .http_response_headers = options.http_response_headers,
        .fusion = !options.no_fusion,
        .fuel = options.fuel,
        // Whoever names the hosts on the command line means them, wherever they are.
        .http_private_addresses = true,
    };
}

/// An answer's bytes: as text where they are one, else in base64.
void add_output(boost::json::object& object, std::string_view bytes) {
    if (is_utf8(bytes)) {
        object["output"] = bytes;
        return;
    }
    std::string encoded;
    append_base64(encoded, bytes);
    object["output"] = encoded;
    object["encoding"] = "base64";
}

void print_json(std::string_view answer, std::string_view error, const Times& times) {
    boost::json::object object;
    add_output(object, answer);
    object["error"] = error.empty() ? boost::json::value(nullptr) : boost::json::value(error);
    object["status"] = error.empty() ? 0 : 1;
    object["compile_ns"] = times.compile.count();
    object["instantiate_ns"] = times.instantiate.count();
    boost::json::array calls;
    for (const nanoseconds call : times.calls) calls.emplace_back(call.count());
    object["calls_ns"] = std::move(calls);
    write_standard_output(boost::json::serialize(object) + "\n");
}

double microseconds(nanoseconds time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

void print_times(Times times) {
    print_to_stderr(fmt::format("compile      {:>12.1f} us\n", microseconds(times.compile)));
    print_to_stderr(fmt::format("instantiate  {:>12.1f} us\n", microseconds(times.instantiate)));
    if (times.calls.empty()) return;
    const nanoseconds first = times.calls.front();
    std::ranges::sort(times.calls);
    print_to_stderr(fmt::format("call, first  {:>12.1f} us\n", microseconds(first)));
    if (times.calls.size() == 1) return;
    const std::size_t last = times.calls.size() - 1;
    print_to_stderr(fmt::format("call, median {:>12.1f} us\ncall, p99    {:>12.1f} us\n",
                                microseconds(times.calls[last / 2]),
                                microseconds(times.calls[last * 99 / 100])));
}

void print_answer(std::string_view answer, const CallOptions& options) {
    write_standard_output(answer);
    // Other programs get the bytes alone, people a whole line.
    if (!answer.empty() && answer.back() != '\n' && ::isatty(STDOUT_FILENO) == 1)
        write_standard_output("\n");
    if (options.repeat > 1) write_standard_output("\n");
}

/// Calls `call` as often as was asked for; gives the last answer.
template <class Call>
std::string repeated(const CallOptions& options, Times& times, Call&& call) {
    std::string answer;
    for (std::size_t i = 0; i < options.repeat; ++i) {
        nanoseconds taken{};
        answer = timed(taken, call);
        times.calls.push_back(taken);
        if (!options.json) print_answer(answer, options);
    }
    return answer;
}

std::string call_extism_guest(const CompiledPlugin& compiled, const CallOptions& options,
                              Times& times) {
    Plugin plugin = timed(times.instantiate, [&] { return Plugin(compiled); });
    // Looked up before standard input is read: nobody should type for nothing.
    if (!plugin.function_exists(options.function)) plugin.call(options.function);
    const std::string input = input_of(options);
    return repeated(options, times, [&] {
        return std::string(as_text(plugin.call(options.function, as_bytes(input))));
    });
}

std::string call_raw_guest(const Runtime& runtime, const wasm::Module& module,
                           const CallOptions& options, Times& times) {
    const RawGuestOptions raw{
        .timeout = timeout_of(options),
        .fuel = options.fuel,
        .max_pages = max_pages_of(options),
        .config_json = config_object_of(options),
        .output = output_for(options.function),
        .profile = times.profile,
    };
    const wasm::FunctionType* type = module.exported_function(options.function);
    const bool reads = type != nullptr && takes_input(*type);
    if (type != nullptr && !reads && type->parameters.empty() && names_input(options))
        throw Error(ErrorCode::invalid_input, fmt::format("plug-in {}: `{}` takes no input",
                                                          module.name(), options.function));
    const std::string input = reads ? input_of(options) : std::string();
    return repeated(options, times, [&] {
        return call_raw_guest(runtime.state().engine(module.kind()).engine, module,
                              options.function, input, raw);
    });
}

ModuleSet modules_of(const Runtime& runtime, const CallOptions& options, const Times& times) {
    if (is_compiled_name(options.file) && !options.is_manifest)
        return load_modules(runtime, options.file, {.trust_any_writer = options.trust_code});
    const std::string name = std::filesystem::path(options.file).stem().string();
    const std::string wasm = read_file(options.file);
    refuse_compiled(name, as_bytes(wasm));
    return compile_alone(runtime, name, as_bytes(wasm), plugin_options(options, times));
}

std::string call_guest(const CallOptions& options, Times& times) {
    const Runtime runtime({.image_cache = wasm::ImageCache::default_folder()});
    if (is_compiled_name(options.file) && !options.links.empty())
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{} is compiled: its modules are linked when it is made, `sluice "
                                "compile --link`",
                                options.file));
    if (needs_manifest(options)) {
        const CompiledPlugin compiled = timed(times.compile, [&] {
            return CompiledPlugin(runtime, manifest_of(options), plugin_options(options, times));
        });
        return call_extism_guest(compiled, options, times);
    }
    const ModuleSet modules =
        timed(times.compile, [&] { return modules_of(runtime, options, times); });
    const wasm::Module& module = modules.main;
    const GuestKind kind = report_on(module).kind;
    const bool by_extism =
        kind == GuestKind::extism || (kind == GuestKind::command && options.function == "_start");
    if (!by_extism && modules.parts.empty()) return call_raw_guest(runtime, module, options, times);
    const CompiledPlugin compiled(
        make_compiled(runtime, modules, manifest_of(options), plugin_options(options, times)));
    return call_extism_guest(compiled, options, times);
}

void write_profile(const CallOptions& options, const Profile& profile) {
    const std::string title = fmt::format("{} {}", options.file, options.function);
    const std::string page = profile.flame_graph(title);
    if (const auto why = replace_file(options.profile, {as_bytes(page)}, {.mode = 0644}))
        throw Error(ErrorCode::unavailable,
                    fmt::format("{}: the profile cannot be written: {}", options.profile, *why));
    const std::size_t samples = profile.samples();
    print_to_stderr(fmt::format("{}: {} samples\n", options.profile, samples));
    if (samples == 0)
        print_to_stderr(
            "The calls were too short for samples, of which there is one every few "
            "milliseconds: make them many with --repeat.\n");
}

void call(const CallOptions& options) {
    // Standard output is for the answer alone; the default logger would write there.
    spdlog::set_default_logger(spdlog::stderr_color_mt("sluice"));
    Times times;
    if (!options.profile.empty()) times.profile = std::make_shared<Profile>();
    const auto report = [&] {
        if (times.profile) write_profile(options, *times.profile);
        if (options.time) print_times(times);
    };
    try {
        const std::string answer = call_guest(options, times);
        if (options.json) print_json(answer, {}, times);
    } catch (const Error& error) {
        // Printed as data for the program that asked for it; main() says it to people as well.
        if (options.json) print_json({}, error.what(), times);
        report();
        throw;
    }
    report();
}

}  // namespace

void add_call_command(CLI::App& program) {
    CLI::App* command =
        program.add_subcommand("call", "Calls one function of a plug-in and prints what it gives");
    const auto options = std::make_shared<CallOptions>();
    add_call_options(*command, *options);
    command->footer(
        "Works for Extism plug-ins, for gateway plug-ins and for any module that passes bytes as\n"
        "pointer and length. The answer goes to standard output, everything else to standard "
        "error.\n\n"
        "Examples:\n"
        "  sluice call count_vowels.wasm count_vowels --input 'Hello, World!'\n"
        "  sluice call greet.wasm greet --config greeting=Hallo < name.txt\n"
        "  sluice call -m manifest.json run --allow-host api.example.com --allow-path "
        "ro:./data:/data\n"
        "  sluice call plugin.cwasm run < input.json\n"
        "  sluice call main.wasm run --link lib=lib.wasm --time --repeat 1000 > /dev/null\n"
        "  sluice call plugin.wasm run --profile flames.html --repeat 1000 < input.json > "
        "/dev/null\n"
        "  sluice call guardrail.wasm get_name\n"
        "  sluice call guardrail.wasm pre_hook --input-file request.json --timeout-ms 500");
    command->callback([options] { call(*options); });
}

}  // namespace sluice::app
