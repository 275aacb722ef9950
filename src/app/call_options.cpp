#include "app/call_options.hpp"

#include "app/compile.hpp"
#include "app/files.hpp"
#include "base/json_reader.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <map>

namespace sluice::app {
namespace {

using Config = std::map<std::string, std::string, std::less<>>;

constexpr std::uint32_t all_pages = 65'536;  // what 32 bits can address

bool is_url(std::string_view text) {
    return text.starts_with("http://") || text.starts_with("https://");
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
void add_config(const CallOptions& options, Config& config) {
    if (!options.config_json.empty()) {
        const std::string text = fmt::format("{{\"--config-json\": {}}}", options.config_json);
        JsonFile document("command line", text);
        for (auto& [key, value] : document.root().text_map("--config-json")) config[key] = value;
        document.finish();
    }
    for (auto& [key, value] : pairs(options.config)) config[key] = value;
}

Wasm module_at(const std::string& place, std::string name) {
    if (is_url(place)) return WasmUrl{.url = place, .name = std::move(name)};
    return WasmFile{.path = place, .name = std::move(name)};
}

/// `[NAME=]PLACE`; without a name it is the place's last part without its ending.
Wasm linked_module(const std::string& link) {
    const std::size_t at = link.find('=');
    if (at != std::string::npos && !is_url(link))
        return module_at(link.substr(at + 1), link.substr(0, at));
    const std::size_t slash = link.rfind('/');
    return module_at(
        link, std::filesystem::path(slash == std::string::npos ? link : link.substr(slash + 1))
                  .stem()
                  .string());
}

/// `[ro:]HOST[:GUEST]`; without a second part the guest knows the folder by its own path.
std::pair<std::string, std::string> allowed_path(std::string_view text) {
    constexpr std::string_view read_only = "ro:";
    const std::string_view mark = text.starts_with(read_only) ? read_only : std::string_view();
    text.remove_prefix(mark.size());
    const std::size_t colon = text.find(':');
    const std::string_view host = text.substr(0, colon);
    const std::string_view guest = colon == std::string_view::npos ? host : text.substr(colon + 1);
    return {std::string(mark) + std::string(host), std::string(guest)};
}

void add_inputs(CLI::App& command, CallOptions& options) {
    add_module_options(command, options);
    command.add_option("function", options.function, "The export to call")->required();
    auto* input = command.add_option("-i,--input", options.input, "The input");
    command
        .add_option("--input-file", options.input_file,
                    "A file with the input; - or neither of the two: standard input")
        ->excludes(input);
    command.add_flag("--stdin", options.stdin_too, "Read the input from standard input")
        ->excludes(input);
    command.add_flag("--trust-code", options.trust_code,
                     "Run a .cwasm file although others may have written it");
    command
        .add_option("--config", options.config,
                    "KEY=VALUE, repeatable: what the plug-in reads as its configuration")
        ->allow_extra_args(false);
    command.add_option("--config-json,--set-config", options.config_json,
                       "The configuration as a JSON object; --config adds to it");
}

void add_permissions(CLI::App& command, CallOptions& options) {
    command
        .add_option("--allow-host", options.allowed_hosts,
                    "Repeatable: a host, or a pattern, that the plug-in may send requests to")
        ->allow_extra_args(false);
    command
        .add_option("--allow-path", options.allowed_paths,
                    "[ro:]HOST[:GUEST], repeatable: a folder that the plug-in may use")
        ->allow_extra_args(false);
    command.add_flag("--enable-http-response-headers", options.http_response_headers,
                     "Let the plug-in read the headers of the responses it gets");
    command.add_flag_callback(
        "--wasi", [] {}, "Accepted for Extism's CLI: WASI is there for plug-ins that import it");
}

void add_limits(CLI::App& command, CallOptions& options) {
    command
        .add_option("--timeout-ms,--timeout", options.timeout_ms,
                    "Stop the plug-in after so long; 0: never [30000]")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{86'400'000}));
    command.add_option("--fuel", options.fuel,
                       "Stop the plug-in after so many instructions, more or less; without it they "
                       "are not counted");
    command
        .add_option("--memory-max-pages,--memory-max", options.max_pages,
                    "Memory that the plug-in may have, in pages of 64 KiB; 0: no limit [4096]")
        ->check(CLI::Range(0U, all_pages));
    command
        .add_option("--http-response-max", options.max_http_response_bytes,
                    "Bytes of one HTTP response; -1: the default [52428800]")
        ->check(CLI::Range(std::int64_t{-1}, INT64_MAX));
    command
        .add_option("--var-max-bytes,--var-max", options.max_var_bytes,
                    "Bytes of all variables together; 0 forbids them, -1: the default [1048576]")
        ->check(CLI::Range(std::int64_t{-1}, INT64_MAX));
    command
        .add_option("--log-level", options.log_level,
                    "Print the plug-in's messages from this level on")
        ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
        ->capture_default_str();
}

void add_reports(CLI::App& command, CallOptions& options) {
    command.add_flag("--no-fusion", options.no_fusion,
                     "Do not link Extism's kernel into the plug-in: slower, for finding faults");
    command
        .add_option("--loop,--repeat", options.repeat,
                    "Call it so often; an empty line stands behind each answer")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}))
        ->capture_default_str();
    command
        .add_option("--profile", options.profile,
                    "Write a page that shows in which functions the time went; see --repeat")
        ->type_name("FILE.html");
    command.add_flag("--time", options.time,
                     "Tell on standard error how long compiling, starting and calling took");
    command.add_flag("--json", options.json,
                     "Print one object: output, error, status, and the times in nanoseconds");
}

}  // namespace

void add_module_options(CLI::App& command, CallOptions& options) {
    command
        .add_option("file", options.file,
                    "The module, binary or text (WAT), as a path or an http(s) URL")
        ->required();
    command.add_flag("-m,--manifest", options.is_manifest,
                     "FILE is a manifest in JSON; the other flags add to it");
    command
        .add_option("--link", options.links,
                    "[NAME=]PATH_OR_URL, repeatable: a module that the main one imports from")
        ->allow_extra_args(false);
}

void add_call_options(CLI::App& command, CallOptions& options) {
    add_inputs(command, options);
    add_permissions(command, options);
    add_limits(command, options);
    add_reports(command, options);
}

Manifest manifest_of(const CallOptions& options) {
    Manifest manifest;
    std::vector<Wasm> linked;
    linked.reserve(options.links.size());
    for (const std::string& link : options.links) linked.push_back(linked_module(link));
    if (options.is_manifest)
        manifest = Manifest::from_json(read_file(options.file), {.file = options.file});
    else if (!is_compiled_name(options.file))
        manifest.wasm.push_back(module_at(options.file, ""));
    manifest.wasm.insert(manifest.wasm.begin(), linked.begin(), linked.end());
    add_config(options, manifest.config);
    for (const std::string& host : options.allowed_hosts) manifest.allowed_hosts.push_back(host);
    for (const std::string& path : options.allowed_paths) {
        auto [host, guest] = allowed_path(path);
        manifest.allowed_paths.insert_or_assign(std::move(host), std::move(guest));
    }
    if (options.timeout_ms) manifest.timeout = timeout_of(options);
    if (options.max_pages) manifest.memory.max_pages = max_pages_of(options);
    if (options.max_http_response_bytes.value_or(-1) >= 0)
        manifest.memory.max_http_response_bytes =
            static_cast<std::uint64_t>(*options.max_http_response_bytes);
    if (options.max_var_bytes.value_or(-1) >= 0)
        manifest.memory.max_var_bytes = static_cast<std::uint64_t>(*options.max_var_bytes);
    return manifest;
}

bool needs_manifest(const CallOptions& options) {
    return options.is_manifest || !options.links.empty() || is_url(options.file);
}

std::string config_object_of(const CallOptions& options) {
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

std::chrono::milliseconds timeout_of(const CallOptions& options) {
    const auto given = options.timeout_ms;
    if (given == 0) return std::chrono::milliseconds::max();
    return given ? std::chrono::milliseconds(*given) : Manifest().timeout;
}

std::uint32_t max_pages_of(const CallOptions& options) {
    if (options.max_pages == 0U) return all_pages;
    return options.max_pages.value_or(MemoryLimits().max_pages);
}

std::string input_of(const CallOptions& options) {
    if (options.input) return *options.input;
    if (options.input_file.empty() || options.input_file == "-") return read_standard_input();
    return read_file(options.input_file);
}

bool names_input(const CallOptions& options) {
    return options.input || !options.input_file.empty() || options.stdin_too;
}

}  // namespace sluice::app
