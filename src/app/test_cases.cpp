#include "app/test_cases.hpp"

#include "app/files.hpp"
#include "app/hook_trial.hpp"
#include "base/json_difference.hpp"
#include "base/json_reader.hpp"
#include "base/json_slices.hpp"
#include "store/config.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::app {
namespace {

namespace fs = std::filesystem;
using hooks::Phase;

struct Options {
    fs::path folder = ".";
    fs::path plugin;  ///< empty: plugin.wasm in the folder
    fs::path cases;   ///< empty: tests in the folder
};

/// One file: what a hook is given and what it must answer.
struct Case {
    std::string name;
    Phase phase = Phase::http_pre;
    std::string config = "{}";
    std::string input = "{}";
    std::string output = "null";
};

Case read_case(const fs::path& path) {
    JsonFile file(path.string(), read_file(path));
    JsonReader json = file.root();
    Case read{.name = path.stem().string()};
    const std::string hook = json.text("hook");
    const auto found = std::ranges::find(store::hook_names, hook);
    if (found != store::hook_names.end())
        read.phase = hooks::all_phases[static_cast<std::size_t>(found - store::hook_names.begin())];
    else
        json.refuse("hook", fmt::format("must be one of {}", fmt::join(store::hook_names, ", ")));
    read.config = json.raw("config").value_or("{}");
    if (json.object("input"))
        read.input = json.raw("input").value_or("{}");
    else if (!json.has("input"))
        json.refuse("input", "is missing");
    if (const auto output = json.raw("output"))
        read.output = *output;
    else
        json.refuse("output", "is missing");
    json.finish();
    file.finish();
    return read;
}

std::vector<Case> read_cases(const fs::path& folder) {
    std::error_code failed;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, failed))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    if (failed)
        throw Error(ErrorCode::unavailable,
                    fmt::format("{}: cannot be read: {}", folder.string(), failed.message()));
    if (files.empty())
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}: has no case; a case is a file NAME.json with \"hook\", "
                                "\"input\" and \"output\"",
                                folder.string()));
    std::ranges::sort(files);
    std::vector<Case> cases;
    cases.reserve(files.size());
    for (const fs::path& file : files) cases.push_back(read_case(file));
    return cases;
}

/// The input as the plug-in's generation takes it: one text, or one for each of its members.
gateway::Envelope envelope_of(const HookTrial& trial, const Case& test, JsonDocument& document) {
    if (trial.plugin().convention(test.phase) == hooks::Convention::envelope) return {test.input};
    const JsonSlice input = document.read(test.input);
    const auto member = [&](std::string_view key) {
        const JsonSlice value = input.find(key);
        return value ? value.text() : std::string_view("null");
    };
    if (test.phase == Phase::post)
        return gateway::Envelope::separate(
            {{member("context")}, {member("response")}, {member("error")}});
    return gateway::Envelope::separate({{member("context")}, {member("request")}});
}

/// What is wrong, a sentence each.
std::vector<std::string> run(HookTrial& trial, const Case& test) {
    if (!trial.plugin().phases().has(test.phase))
        return {fmt::format("the plug-in does not export {}", hooks::export_name(test.phase))};
    JsonDocument document;
    std::string answer;
    try {
        answer = trial.call(test.phase, envelope_of(trial, test, document));
    } catch (const Error& error) {  // a finding about this case; the others run all the same
        return {error.what()};
    }
    boost::system::error_code unreadable;
    const auto actual = boost::json::parse(answer.empty() ? "null" : answer, unreadable);
    if (unreadable) return {fmt::format("it answered what is no JSON: {}", answer)};
    std::vector<std::string> wrong;
    for (const JsonDifference& difference :
         json_differences(boost::json::parse(test.output), actual))
        wrong.push_back(in_words(difference));
    return wrong;
}

void test(const Options& options) {
    spdlog::set_default_logger(spdlog::stderr_color_mt("sluice"));
    const fs::path file = options.plugin.empty() ? options.folder / "plugin.wasm" : options.plugin;
    const fs::path folder = options.cases.empty() ? options.folder / "tests" : options.cases;
    const std::vector<Case> cases = read_cases(folder);
    std::map<std::string, std::unique_ptr<HookTrial>> trials;  // by configuration
    std::string report;
    std::size_t failed = 0;
    for (const Case& each : cases) {
        auto& trial = trials[each.config];
        if (!trial) trial = std::make_unique<HookTrial>(file, each.config);
        const std::vector<std::string> wrong = run(*trial, each);
        report += fmt::format("{}  {}\n", wrong.empty() ? "ok    " : "FAILED", each.name);
        for (const std::string& what : wrong) report += fmt::format("        {}\n", what);
        if (!wrong.empty()) ++failed;
    }
    write_standard_output(report);
    if (failed > 0)
        throw Error(ErrorCode::guest_error,
                    fmt::format("{}: {} of {} cases failed", file.string(), failed, cases.size()));
}

}  // namespace

void add_test_command(CLI::App& program) {
    CLI::App* command =
        program.add_subcommand("test", "Runs a plug-in's cases and shows what differs");
    const auto options = std::make_shared<Options>();
    command->add_option("folder", options->folder, "The project; without it the present folder");
    command->add_option("--plugin", options->plugin, "The plug-in; without it FOLDER/plugin.wasm");
    command->add_option("--cases", options->cases, "The cases; without it FOLDER/tests");
    command->footer(
        "A case is a file NAME.json: {\"hook\": \"pre_hook\", \"config\": {}, \"input\": {...}, "
        "\"output\": {...}}.\n"
        "An output of null means that the hook has no opinion.\n\n"
        "Examples:\n"
        "  sluice test .\n"
        "  sluice test --plugin build/plugin.wasm --cases cases");
    command->callback([options] { test(*options); });
}

}  // namespace sluice::app
