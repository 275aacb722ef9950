#include "app/replay.hpp"

#include "app/files.hpp"
#include "app/replay_report.hpp"
#include "app/replay_run.hpp"
#include "app/terminal.hpp"
#include "base/json_reader.hpp"
#include "base/wall_clock.hpp"
#include "gateway/log_query.hpp"
#include "store/recordings.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::app {
namespace {

struct Options {
    std::filesystem::path log;
    std::filesystem::path plugin;
    std::string config = "{}";
    std::optional<std::size_t> limit;
    std::vector<std::string> models;
    std::string since;
    std::size_t show = 3;
    bool json = false;
};

/// "90m", "24h", "7d" before now; nothing when it is no such text.
std::optional<std::int64_t> time_ago(std::string_view text) {
    std::int64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [unit, failed] = std::from_chars(text.data(), end, count);
    constexpr std::int64_t most = 1'000'000;
    if (failed != std::errc() || unit + 1 != end || count < 0 || count > most) return std::nullopt;
    std::chrono::seconds ago{};
    switch (*unit) {
        case 's':
            ago = std::chrono::seconds(count);
            break;
        case 'm':
            ago = std::chrono::minutes(count);
            break;
        case 'h':
            ago = std::chrono::hours(count);
            break;
        case 'd':
            ago = std::chrono::days(count);
            break;
        default:
            return std::nullopt;
    }
    return epoch_us() - std::chrono::microseconds(ago).count();
}

store::RecordingQuery query_of(const Options& options) {
    store::RecordingQuery query{.models = options.models, .limit = options.limit};
    if (options.since.empty()) return query;
    query.since_us = gateway::from_rfc3339(options.since);
    if (!query.since_us) query.since_us = time_ago(options.since);
    if (!query.since_us)
        throw CLI::ValidationError(
            "--since",
            fmt::format("must be a time like 2026-01-31T12:00:00Z, or how long ago, like "
                        "90m, 24h or 7d; not {}",
                        options.since));
    return query;
}

/// How far it is, for a person who waits at a terminal.
class Progress {
  public:
    explicit Progress(std::size_t all) : all_(all), shows_(::isatty(STDERR_FILENO) == 1) {}
    ~Progress() {
        if (written_) fmt::print(stderr, "\r\033[K");
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void advance() {
        ++done_;
        const auto now = std::chrono::steady_clock::now();
        if (!shows_ || now < next_) return;
        next_ = now + std::chrono::milliseconds(100);
        written_ = true;
        fmt::print(stderr, "\r{} of {} requests", done_, all_);
        std::fflush(stderr);
    }

  private:
    std::size_t all_;
    bool shows_;
    bool written_ = false;
    std::size_t done_ = 0;
    std::chrono::steady_clock::time_point next_ =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
};

ReplayReport replay_all(store::RecordingReader& recordings, ReplayRun& run, std::size_t show) {
    ReplayReport report(show);
    Progress progress(recordings.count());
    while (const auto request = recordings.next()) {
        if (request->bodies.request_too_large)
            report.add_too_large();
        else
            report.add(*request, run.run(*request));
        progress.advance();
    }
    return report;
}

void replay(const Options& options) {
    spdlog::set_level(spdlog::level::off);  // the report tells what failed, once
    JsonFile config("--config-json", options.config);
    config.root();
    config.finish();
    store::RecordingReader recordings(options.log, query_of(options));
    if (recordings.count() == 0)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}: holds no recorded request that --model and --since would "
                                "leave; widen them",
                                options.log.string()));
    ReplayRun run(options.plugin, options.config);
    const ReplayReport report = replay_all(recordings, run, options.show);
    write_standard_output(options.json ? report.json(run.plugin())
                                       : report.text(Paint::of_standard_output(), run.plugin()));
    if (const std::uint64_t failures = report.failures(); failures > 0)
        throw Error(ErrorCode::guest_error, fmt::format("{}: {} calls of its hooks failed",
                                                        options.plugin.string(), failures));
}

}  // namespace

void add_replay_command(CLI::App& program) {
    CLI::App* command = program.add_subcommand(
        "replay", "Runs a plug-in over recorded requests and tells what it would have changed");
    const auto options = std::make_shared<Options>();
    command->add_option("--log", options->log, "The gateway's request log (SQLite)")->required();
    command->add_option("--plugin", options->plugin, "The plug-in, binary or text (WAT)")
        ->required();
    command->add_option("--config-json", options->config, "The configuration for its init");
    command->add_option("--limit", options->limit, "The newest so many requests; without it all")
        ->check(CLI::Range(1, 1'000'000'000));
    command->add_option("--model", options->models, "Requests to this model only; repeatable");
    command->add_option("--since", options->since,
                        "Requests from a time on: 2026-01-31T12:00:00Z, or 90m, 24h, 7d ago");
    command
        ->add_option("--show", options->show,
                     "Show the changes to so many of the requests that it touches")
        ->capture_default_str();
    command->add_flag("--json", options->json, "Print one JSON object");
    command->footer(
        "The gateway records bodies where logs_store.record_bodies is true. Nothing is sent to a\n"
        "provider, and the log stays as it is. Status 1 when a hook failed.\n\n"
        "Examples:\n"
        "  sluice replay --log requests.db --plugin new.wasm\n"
        "  sluice replay --log requests.db --plugin new.wasm --since 24h --model gpt-4o --show 20");
    command->callback([options] { replay(*options); });
}

}  // namespace sluice::app
