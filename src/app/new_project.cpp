#include "app/new_project.hpp"

#include "app/files.hpp"
#include "app/templates.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

struct Options {
    fs::path folder;
    std::string language;
};

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

/// The name becomes a folder, a crate, a Go module and an npm package.
void check_name(const std::string& name) {
    const bool fine = name.size() <= 64 && !name.empty() && is_letter(name.front()) &&
                      std::ranges::all_of(name, [](char c) {
                          return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
                      });
    if (!fine)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("\"{}\" is no name for a plug-in: use small letters, digits, - and "
                                "_, a letter first, at most 64 in all",
                                name));
    if (name == "sluice")
        throw Error(ErrorCode::invalid_input,
                    "\"sluice\" is the helper library's name in a project: choose another");
}

std::string with_name(std::string_view text, const std::string& name) {
    std::string result;
    for (std::size_t at = 0;;) {
        const std::size_t next = text.find(template_name, at);
        result += text.substr(at, next - at);
        if (next == std::string_view::npos) return result;
        result += name;
        at = next + template_name.size();
    }
}

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream)
        throw Error(ErrorCode::unavailable, fmt::format("{}: cannot be written", file.string()));
}

void create(const Options& options) {
    const fs::path& folder = options.folder;
    const std::string name = folder.filename().string();
    check_name(name);
    std::error_code failed;
    if (!fs::create_directory(folder, failed))
        throw Error(ErrorCode::unavailable,
                    fmt::format("{}: {}", folder.string(),
                                failed ? "cannot be made: " + failed.message()
                                       : "is there already; choose another name"));
    for (const TemplateFile& file : template_files())
        if (file.language == "*" || file.language == options.language)
            write(folder / file.path, with_name(file.text, name));
    write_standard_output(
        fmt::format("{0}/ is a plug-in that builds. README.md in it says what is where.\n"
                    "  cd {0}\n"
                    "  make          builds plugin.wasm\n"
                    "  make check    tries it and runs the cases in tests/\n"
                    "  sluice dev    brings each change into a running gateway\n",
                    folder.string()));
}

}  // namespace

void add_new_command(CLI::App& program) {
    CLI::App* command =
        program.add_subcommand("new", "Writes a small project to start a plug-in from");
    const auto options = std::make_shared<Options>();
    command->add_option("folder", options->folder, "The folder to make; its name is the plug-in's")
        ->required();
    command->add_option("--lang", options->language, "rust, ts, go or cpp")
        ->required()
        ->check(CLI::IsMember({"rust", "ts", "go", "cpp"}));
    command->footer(
        "Examples:\n"
        "  sluice new shorter --lang rust\n"
        "  sluice new plugins/word-count --lang ts");
    command->callback([options] { create(*options); });
}

}  // namespace sluice::app
