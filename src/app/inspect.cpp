#include "app/inspect.hpp"

#include "app/compile.hpp"
#include "app/files.hpp"
#include "app/module_report.hpp"
#include "app/terminal.hpp"
#include "plugin/compiled_code.hpp"
#include "plugin/compiled_file.hpp"
#include "plugin/kernel.hpp"
#include "plugin/runtime_state.hpp"
#include "wasm/module.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <filesystem>
#include <memory>

namespace sluice::app {
namespace {

struct Options {
    std::filesystem::path file;
    bool json = false;
    bool trust_code = false;
};

std::string_view kind_text(wasm::ExternKind kind) {
    switch (kind) {
        case wasm::ExternKind::function:
            return "function";
        case wasm::ExternKind::memory:
            return "memory";
        case wasm::ExternKind::table:
            return "table";
        case wasm::ExternKind::global:
            return "global";
        case wasm::ExternKind::tag:
            return "tag";
    }
    return {};
}

std::string memory_text(const wasm::MemoryType& memory) {
    return pages_text(memory.minimum_pages) +
           (memory.maximum_pages ? ", at most " + pages_text(*memory.maximum_pages)
                                 : ", no maximum");
}

std::string type_text(const wasm::Extern& item) {
    if (item.function) return wasm::to_string(*item.function);
    if (item.memory) return memory_text(*item.memory);
    return {};
}

std::string section(const Paint& paint, std::string_view title,
                    const std::vector<wasm::Extern>& items) {
    std::string text = "\n" + paint.heading(title) + "\n";
    if (items.empty()) return text + "  " + paint.quiet("none") + "\n";
    Table table;
    for (const wasm::Extern& item : items) {
        std::vector<std::string> row{std::string(kind_text(item.kind))};
        row.push_back(item.module.empty() ? item.name : item.module + " " + item.name);
        row.push_back(type_text(item));
        table.add(std::move(row));
    }
    return text + table.text(paint, 1);
}

/// The guest's own: not those that a library in it has for its host.
std::vector<wasm::Extern> exports_of(const wasm::Module& module) {
    std::vector<wasm::Extern> exports = module.exports();
    if (!module.merged_library().empty())
        std::erase_if(
            exports, [](const wasm::Extern& item) { return item.name.starts_with(kernel_prefix); });
    return exports;
}

std::string text_of(const Paint& paint, const Options& options, std::size_t bytes,
                    const wasm::Module& module, const ModuleReport& report) {
    Table table;
    table.add({"kind", describe(report)});
    table.add({"size", bytes_text(bytes)});
    if (!report.hooks.empty())
        table.add({"hooks", fmt::format("{}", fmt::join(report.hooks, ", "))});
    if (!report.host_calls.empty())
        table.add({"host calls", fmt::format("{}", fmt::join(report.host_calls, ", "))});
    if (!report.allocator.empty()) table.add({"allocator", report.allocator});
    if (!module.merged_library().empty()) table.add({"linked in", module.merged_library()});
    table.add({"memory", report.memory ? memory_text(*report.memory) : "none"});
    std::string text = paint.heading(options.file.string()) + "\n" + table.text(paint, 2);
    return text + section(paint, "exports", exports_of(module)) +
           section(paint, "imports", module.imports());
}

boost::json::array externs(const std::vector<wasm::Extern>& items) {
    boost::json::array array;
    for (const wasm::Extern& item : items) {
        boost::json::object entry;
        if (!item.module.empty()) entry["module"] = item.module;
        entry["name"] = item.name;
        entry["kind"] = kind_text(item.kind);
        if (item.function) entry["type"] = wasm::to_string(*item.function);
        array.push_back(std::move(entry));
    }
    return array;
}

std::string_view kind_key(GuestKind kind) {
    switch (kind) {
        case GuestKind::hooks:
            return "hooks";
        case GuestKind::extism:
            return "extism";
        case GuestKind::command:
            return "command";
        case GuestKind::plain:
            break;
    }
    return "plain";
}

std::string json_of(const Options& options, std::size_t bytes, const wasm::Module& module,
                    const ModuleReport& report) {
    boost::json::object object;
    object["file"] = options.file.string();
    object["bytes"] = bytes;
    object["kind"] = kind_key(report.kind);
    if (report.generation.empty())
        object["generation"] = nullptr;
    else
        object["generation"] = report.generation;
    boost::json::array& hooks = object["hooks"].emplace_array();
    for (const std::string& hook : report.hooks) hooks.emplace_back(hook);
    boost::json::array& calls = object["host_calls"].emplace_array();
    for (const std::string& call : report.host_calls) calls.emplace_back(call);
    object["allocator"] = report.allocator;
    object["memory"] = nullptr;
    if (report.memory) {
        boost::json::object& memory = object["memory"].emplace_object();
        memory["minimum_pages"] = report.memory->minimum_pages;
        memory["maximum_pages"] = nullptr;
        if (report.memory->maximum_pages) memory["maximum_pages"] = *report.memory->maximum_pages;
    }
    object["exports"] = externs(exports_of(module));
    object["imports"] = externs(module.imports());
    return boost::json::serialize(object) + "\n";
}

struct Inspected {
    Runtime runtime;
    wasm::Module module;  ///< the main one
    std::size_t bytes = 0;
};

Inspected read(const Options& options) {
    const Runtime runtime;
    if (is_compiled_name(options.file)) {
        const ModuleSet modules =
            load_modules(runtime, options.file, {.trust_any_writer = options.trust_code});
        return {runtime, modules.main, std::filesystem::file_size(options.file)};
    }
    const std::string wasm = read_file(options.file);
    refuse_compiled(options.file.string(), as_bytes(wasm));
    return {runtime,
            compile_alone(runtime, options.file.stem().string(), as_bytes(wasm), {.fusion = false})
                .main,
            wasm.size()};
}

void inspect(const Options& options) {
    const Inspected inspected = read(options);
    const wasm::Module& module = inspected.module;
    const ModuleReport report = report_on(module);
    write_standard_output(options.json ? json_of(options, inspected.bytes, module, report)
                                       : text_of(Paint::of_standard_output(), options,
                                                 inspected.bytes, module, report));
}

}  // namespace

void add_inspect_command(CLI::App& program) {
    CLI::App* command = program.add_subcommand(
        "inspect", "Shows what a module imports and exports, and which kind of plug-in it is");
    const auto options = std::make_shared<Options>();
    command
        ->add_option("file", options->file, "The module: binary, text (WAT), or compiled (.cwasm)")
        ->required();
    command->add_flag("--json", options->json, "Print one JSON object");
    command->add_flag("--trust-code", options->trust_code,
                      "Read a .cwasm file although others may have written it");
    command->footer(
        "Examples:\n"
        "  sluice inspect guardrail.wasm\n"
        "  sluice inspect --json guardrail.wasm | jq '.exports[].name'");
    command->callback([options] { inspect(*options); });
}

}  // namespace sluice::app
