#include "app/check.hpp"

#include "app/files.hpp"
#include "app/hook_samples.hpp"
#include "app/hook_trial.hpp"
#include "app/terminal.hpp"
#include "base/json_slices.hpp"
#include "hooks/hook_answer.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sluice::app {
namespace {

using hooks::Phase;

struct Options {
    std::filesystem::path file;
    std::string config = "{}";
    std::uint32_t calls = 10'000;
};

/// What was found out about one hook.
struct Finding {
    std::string name{};
    std::string answer{};   ///< to the sample, in words
    std::string problem{};  ///< empty: the gateway will get along with it
    double call_us = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t replaced = 0;  ///< instances that were thrown away over its calls
};

std::string in_words(const hooks::HookAnswer& answer) {
    if (!answer.failure.empty()) return "its own error: " + answer.failure;
    if (answer.has_short_circuit || answer.has_response.value_or(false)) return "answers itself";
    if (answer.skip) return "drops the chunk";
    const bool changes = answer.has_chunk || answer.request.has_value() ||
                         answer.response.has_value() || answer.error.has_value();
    return changes ? "answers with data" : "leaves the sample as it is";
}

/// Errors: \throws Error for a trap, a broken limit or an answer that cannot be read.
hooks::HookAnswer round_trip(HookTrial& trial, Phase phase, ChunkShape chunk,
                             JsonDocument& document, std::string& text) {
    text = trial.call(phase, sample_input(trial.plugin(), phase, chunk));
    return hooks::read_answer(phase, text, document, trial.plugin().convention(phase));
}

/// The shape in which the hook can read a chunk: most take an object, the seed's Rust sample text.
ChunkShape shape_of_chunk(HookTrial& trial, Phase phase) {
    if (phase != Phase::stream_chunk) return ChunkShape::object;
    JsonDocument document;
    std::string text;
    if (round_trip(trial, phase, ChunkShape::object, document, text).failure.empty())
        return ChunkShape::object;
    const bool reads_text =
        round_trip(trial, phase, ChunkShape::base64, document, text).failure.empty();
    return reads_text ? ChunkShape::base64 : ChunkShape::object;
}

void measure(HookTrial& trial, Phase phase, ChunkShape chunk, std::uint32_t calls,
             Finding& finding) {
    const gateway::Envelope input = sample_input(trial.plugin(), phase, chunk);
    const std::uint64_t instances = trial.instances();
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint32_t call = 0; call < calls; ++call) trial.call(phase, input);
    const std::chrono::duration<double, std::micro> spent =
        std::chrono::steady_clock::now() - begin;
    finding.call_us = spent.count() / calls;
    finding.memory_bytes = trial.memory_bytes();
    finding.replaced = trial.instances() - instances;
}

Finding look_at(HookTrial& trial, Phase phase, std::uint32_t calls) {
    Finding finding{.name = std::string(trial.plugin().hook_name(phase))};
    try {
        const ChunkShape chunk = shape_of_chunk(trial, phase);
        JsonDocument document;
        std::string text;
        finding.answer = in_words(round_trip(trial, phase, chunk, document, text));
        measure(trial, phase, chunk, calls, finding);
    } catch (const Error& error) {  // the other hooks are looked at all the same
        finding.problem = error.what();
    }
    return finding;
}

std::string text_of(const Finding& finding, std::uint32_t calls) {
    if (!finding.problem.empty()) return "  " + finding.problem + "\n";
    std::string text;
    if (finding.replaced > 0)
        text = fmt::format(
            "  {}: {} of {} calls ended an instance: it grew beyond the limit for idle ones, as "
            "its "
            "memory is not freed\n",
            finding.name, finding.replaced, calls);
    return text;
}

void check(const Options& options) {
    // What the guest prints belongs to standard error.
    spdlog::set_default_logger(spdlog::stderr_color_mt("sluice"));
    const Paint paint = Paint::of_standard_output();
    HookTrial trial(options.file, options.config);
    Table table;
    table.add({"hook", "answer to the sample", "a call", "memory"});
    std::string remarks;
    std::size_t problems = 0;
    for (const Phase phase : hooks::all_phases) {
        if (!trial.plugin().phases().has(phase)) continue;
        const Finding finding = look_at(trial, phase, options.calls);
        const bool fine = finding.problem.empty();
        if (!fine) ++problems;
        table.add({finding.name, fine ? finding.answer : "fails",
                   fine ? fmt::format("{:.1f} µs", finding.call_us) : "",
                   fine ? bytes_text(finding.memory_bytes) : ""});
        remarks += text_of(finding, options.calls);
    }
    write_standard_output(fmt::format(
        "{}: {}, generation {}\n{}{}", paint.heading(options.file.string()),
        trial.plugin().actual_name(), trial.plugin().generation(), table.text(paint, 0), remarks));
    if (problems > 0)
        throw Error(ErrorCode::guest_error,
                    fmt::format("{}: {} of its hooks cannot be used; mend what stands above",
                                options.file.string(), problems));
}

}  // namespace

void add_check_command(CLI::App& program) {
    CLI::App* command = program.add_subcommand(
        "check", "Tells whether the gateway would take a plug-in, and what its hooks cost");
    const auto options = std::make_shared<Options>();
    command->add_option("file", options->file, "The plug-in, binary or text (WAT)")->required();
    command->add_option("--config-json", options->config, "The configuration for its init");
    command->add_option("--calls", options->calls, "Calls of each hook")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    command->footer(
        "Starts the plug-in as the gateway does, gives each hook a small chat, and calls it often\n"
        "enough to see its memory grow.\n\n"
        "Examples:\n"
        "  sluice check plugin.wasm\n"
        "  sluice check guardrail.wasm --config-json '{\"blocked_words\": [\"swordfish\"]}'");
    command->callback([options] { check(*options); });
}

}  // namespace sluice::app
