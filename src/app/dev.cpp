#include "app/dev.hpp"

#include "app/files.hpp"
#include "app/folder_state.hpp"
#include "app/gateway_api.hpp"
#include "app/hook_samples.hpp"
#include "app/hook_trial.hpp"
#include "app/shell.hpp"
#include "app/terminal.hpp"
#include "base/json_reader.hpp"
#include "base/json_text.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds pause{300};

struct Options {
    fs::path folder = ".";
    std::string gateway = "http://127.0.0.1:8080";
    std::string name;  ///< empty: the folder's
    fs::path plugin = "plugin.wasm";
    std::string build = "make";
    std::string config;  ///< empty: what the gateway has
    bool load_untried = false;
    bool once = false;
};

/// Errors: \throws Error invalid_input for what cannot stand in the path of an address.
std::string checked_name(std::string name) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    if (name.empty() || name.find_first_not_of(plain) != std::string::npos)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("\"{}\" cannot be a plug-in's name here: letters, digits, - _ . ~; "
                                "--name gives it another",
                                name));
    return name;
}

std::string name_of(const fs::path& folder) {
    return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

/// Errors: \throws Error invalid_input unless it is an object.
void check_config(const std::string& config) {
    if (config.empty()) return;
    JsonFile file("--config-json", config);
    file.root();
    file.finish();
}

/// Tries each hook on a sample.
/// Errors: \throws Error for what the gateway would refuse, a trap or a broken limit, with what the
/// plug-in printed before.
void try_hooks(const fs::path& file, const std::string& config) {
    constexpr std::size_t most_lines = 50;
    const auto printed = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(most_lines);
    const auto logger = std::make_shared<spdlog::logger>("sluice", printed);
    logger->set_pattern("%v");
    spdlog::set_default_logger(logger);
    try {
        HookTrial trial(file, config.empty() ? "{}" : config);
        for (const hooks::Phase phase : hooks::all_phases)
            if (trial.plugin().phases().has(phase))
                trial.call(phase, sample_input(trial.plugin(), phase));
    } catch (const Error& error) {  // names the hook; the guest's own words say why
        std::string text;
        for (const std::string& line : printed->last_formatted()) text += line;
        throw Error(error.code(), fmt::format("{}{}\n(--load-untried loads it all the same)", text,
                                              error.what()));
    }
}

bool nobody_answered(const Error& error) {
    return error.code() == ErrorCode::unavailable || error.code() == ErrorCode::timeout;
}

/// One project, from its sources into the gateway.
class Session {
  public:
    explicit Session(const Options& options)
        : options_(options),
          folder_(fs::absolute(options.folder).lexically_normal()),
          file_(folder_ / options.plugin),
          name_(checked_name(options.name.empty() ? name_of(folder_) : options.name)),
          api_(options.gateway, name_) {
        check_config(options.config);
    }

    /// Errors: \throws Error saying which step failed; the gateway then runs what it ran before.
    void bring() {
        waits_ = ready_ = false;
        if (const int status = run_in_shell(options_.build, folder_); status != 0)
            throw Error(ErrorCode::invalid_input,
                        fmt::format("`{}` failed with status {}", options_.build, status));
        if (!options_.load_untried) try_hooks(file_, options_.config);
        ready_ = true;
        load();
    }

    void watch() {
        FolderState before = state_of(folder_);
        try_to_bring();
        before = settle(std::move(before));
        say(fmt::format("waiting for changes in {}", folder_.string()));
        for (;;) {
            look_at_gateway();
            std::this_thread::sleep_for(pause);
            FolderState now = state_of(folder_);
            const std::string changed = changed_file(before, now);
            before = std::move(now);
            if (changed.empty()) continue;
            say(fmt::format("{} changed", fs::relative(changed, folder_).string()));
            try_to_bring();
            before = settle(std::move(before));
        }
    }

  private:
    void say(std::string_view text) const {
        write_standard_output(fmt::format("{} {}\n", paint_.heading("sluice dev:"), text));
    }
    void complain(std::string_view text) const {
        write_standard_output(
            fmt::format("{} {}\n", paint_.heading("sluice dev:"), paint_.warning(text)));
    }

    void load() {
        const std::string config =
            options_.config.empty() ? "" : fmt::format(", \"config\": {}", options_.config);
        api_.put(fmt::format("{{\"path\": {}{}}}", json_text(file_.string()), config));
        waits_ = false;
        shows_log_ = true;
        say(fmt::format("loaded into {} as {}", options_.gateway, name_));
    }

    /// bring(), where a failure is only told.
    void try_to_bring() {
        try {
            bring();
        } catch (const Error& error) {  // the next change may mend it
            tell(error);
        }
    }

    void tell(const Error& error) {
        complain(error.what());
        waits_ = ready_ && nobody_answered(error);
        if (waits_)
            say("loads it when the gateway answers; `sluice serve` starts one");
        else if (shows_log_)
            say("the gateway goes on with the version before");
    }

    /// A build may write files beside the sources. What changed over two builds in a row is such a
    /// file; what changed over one may be somebody's next edit.
    FolderState settle(FolderState before) {
        FolderState after = state_of(folder_);
        const std::string changed = changed_file(before, after);
        if (changed.empty()) return after;
        say(fmt::format("{} changed during the build: once more",
                        fs::relative(changed, folder_).string()));
        try_to_bring();
        return state_of(folder_);
    }

    /// Shows what the plug-in has logged, or loads what could not be loaded yet.
    void look_at_gateway() {
        try {
            if (waits_) load();
            if (shows_log_) show_log();
        } catch (const Error& error) {
            const bool is_away = nobody_answered(error);
            if (waits_ && is_away) return;  // told before
            complain(error.what());
            if (is_away) say("waits until the gateway is back");
            waits_ = is_away && ready_;
            shows_log_ = false;
        }
    }

    void show_log() {
        std::string text;
        for (const std::string& line : api_.new_log_lines()) text += line + '\n';
        if (!text.empty()) write_standard_output(text);
    }

    const Options& options_;
    const Paint paint_ = Paint::of_standard_output();
    fs::path folder_;
    fs::path file_;
    std::string name_;
    GatewayApi api_;
    bool ready_ = false;      ///< the newest version has been built and tried
    bool waits_ = false;      ///< and the gateway was away when it should have got it
    bool shows_log_ = false;  ///< the gateway has some version of ours
};

void dev(const Options& options) {
    Session session(options);
    if (options.once)
        session.bring();
    else
        session.watch();
}

}  // namespace

void add_dev_command(CLI::App& program) {
    CLI::App* command = program.add_subcommand(
        "dev", "Builds a plug-in when its sources change and loads it into a running gateway");
    const auto options = std::make_shared<Options>();
    command->add_option("folder", options->folder, "The project; without it the present folder");
    command->add_option("--gateway", options->gateway, "The gateway's address")
        ->capture_default_str();
    command->add_option("--name", options->name,
                        "The plug-in's name there; without it the folder's");
    command->add_option("--build", options->build, "The shell command that builds it")
        ->capture_default_str();
    command->add_option("--plugin", options->plugin, "What the build makes")->capture_default_str();
    command->add_option("--config-json", options->config,
                        "The configuration for its init; without it what the gateway has");
    command->add_flag("--load-untried", options->load_untried,
                      "Load it without trying its hooks on a sample first");
    command->add_flag("--once", options->once, "Build and load once, and stop");
    command->footer(
        "Starts no gateway: `sluice serve` does. Ctrl-C ends it; the plug-in stays in the "
        "gateway.\n\n"
        "Examples:\n"
        "  sluice dev .\n"
        "  sluice dev plugins/word-count --gateway http://127.0.0.1:9090");
    command->callback([options] { dev(*options); });
}

}  // namespace sluice::app
