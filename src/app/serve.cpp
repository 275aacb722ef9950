#include "app/serve.hpp"

#include "gateway/plugin_set.hpp"
#include "gateway/server.hpp"
#include "store/config.hpp"
#include "store/request_log.hpp"
#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::app {

namespace {

constexpr std::array log_levels{"trace", "debug", "info", "warn", "error", "off"};

/// What the command line says; it wins over the file.
struct ServeOptions {
    std::string config{};
    std::optional<std::string> host{};
    std::optional<std::uint16_t> port{};
    std::optional<std::string> log_level{};
    std::optional<unsigned> threads{};
    std::vector<std::string> plugins{};
    bool validate = false;
};

/// Empty when there is none.
std::string config_file(const ServeOptions& options) {
    constexpr const char* usual_file = "config.json";
    if (options.config.empty() && std::filesystem::exists(usual_file)) return usual_file;
    return options.config;
}

store::Config configuration(const ServeOptions& options, const std::string& file) {
    store::Config config = file.empty() ? store::default_config() : store::load_config(file);
    if (options.host) config.server.host = *options.host;
    if (options.port) config.server.port = *options.port;
    if (options.log_level) config.server.log_level = *options.log_level;
    if (options.threads) config.server.threads = *options.threads;
    for (const std::string& path : options.plugins) {
        store::PluginConfig& plugin = config.plugins.emplace_back();
        plugin.name = std::filesystem::path(path).stem().string();
        plugin.path = path;
        plugin.position = config.plugins.size();
    }
    std::ranges::stable_sort(config.plugins, store::runs_before);
    return config;
}

/// SIGTERM and SIGINT wait for sigwait() in every thread that is made from here on.
class StopSignals {
  public:
    StopSignals() {
        ::sigemptyset(&set_);
        ::sigaddset(&set_, SIGTERM);
        ::sigaddset(&set_, SIGINT);
        ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    int wait() const {
        int signal = 0;
        ::sigwait(&set_, &signal);
        return signal;
    }
    /// A second signal ends the process at once.
    void give_back() const { ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

  private:
    sigset_t set_{};
};

/// A connection takes a descriptor, a forwarded one two.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void set_up_logging(const std::string& level) {
    spdlog::set_default_logger(spdlog::stderr_color_mt("sluice"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
    spdlog::set_level(spdlog::level::from_str(level));
}

std::string where_to(const store::ProviderConfig& provider) {
    if (!provider.network.base_url.empty()) return provider.network.base_url;
    return provider.name == "mock" ? "in this process" : "its own address";
}

std::string example_model(const store::Config& config) {
    for (const store::ProviderConfig& provider : config.providers) {
        if (!provider.models.empty())
            return fmt::format("{}/{}", provider.name, provider.models.front());
        for (const store::KeyConfig& key : provider.keys)
            if (!key.models.empty()) return fmt::format("{}/{}", provider.name, key.models.front());
    }
    const auto is_mock = [](const store::ProviderConfig& each) { return each.name == "mock"; };
    if (config.providers.empty() || std::ranges::any_of(config.providers, is_mock))
        return "mock/echo";
    const std::string& first = config.providers.front().name;
    return first == "openai" ? "openai/gpt-4o-mini" : first + "/MODEL";
}

/// Shows what is active, without any secret.
void print_summary(const store::Config& config, const gateway::PluginSet& plugins,
                   const std::string& log) {
    for (const store::ProviderConfig& provider : config.providers)
        fmt::print("  provider  {:<12} {}, {} key{}\n", provider.name, where_to(provider),
                   provider.keys.size(), provider.keys.size() == 1 ? "" : "s");
    for (const gateway::LoadedPlugin& plugin : plugins.plugins) {
        fmt::print("  plug-in   {:<12} {}\n", plugin.config.name, plugin.status);
        for (const std::string& line : plugin.logs) fmt::print("            {}\n", line);
    }
    fmt::print("  log       {}\n", log);
}

void print_address(const store::Config& config, std::uint16_t port) {
    const std::string& host = config.server.host;
    const bool any = host == "0.0.0.0" || host == "::" || host.empty();
    const std::string shown = any                                   ? "127.0.0.1"
                              : host.find(':') != std::string::npos ? "[" + host + "]"
                                                                    : host;
    fmt::print(
        "\nTry it:\n"
        "  curl http://{0}:{1}/v1/chat/completions -H 'Content-Type: application/json' \\\n"
        "    -d '{{\"model\":\"{2}\",\"messages\":[{{\"role\":\"user\",\"content\":"
        "\"Write to ada@example.com\"}}]}}'\n\n"
        "sluice: listening on http://{0}:{1}\n",
        shown, port, example_model(config));
    std::fflush(stdout);
}

std::filesystem::path default_log_file() {
    if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0')
        return std::filesystem::path(state) / "sluice" / "logs.db";
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home == nullptr ? "." : home) / ".local/state/sluice/logs.db";
}

std::shared_ptr<store::RequestLog> open_log(const store::Config& config, std::string& shown) {
    if (!config.logs_store.enabled || !config.client.enable_logging) {
        shown = "off";
        return nullptr;
    }
    const std::filesystem::path& configured = config.logs_store.path;
    const std::filesystem::path file = configured.empty() ? default_log_file() : configured;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
    shown = file.string();
    return std::make_shared<store::RequestLog>(file, config.logs_store.queue_rows);
}

void serve(const ServeOptions& options) {
    const std::string file = config_file(options);
    const store::Config config = configuration(options, file);
    set_up_logging(config.server.log_level);
    if (options.validate) {
        const gateway::Server checked(config);
        fmt::print("sluice: the configuration is fine\n");
        return;
    }
    raise_descriptor_limit();
    const StopSignals signals;  // before the first thread is made
    std::string log_shown;
    const auto log = open_log(config, log_shown);
    const wasm::Engine engine;
    const wasm::ImageCache cache(wasm::ImageCache::default_folder());
    const gateway::PluginSupply supply{.host = gateway::make_plugin_host(config.variables_store),
                                       .downloads = config.plugin_downloads};
    const auto plugins = gateway::load_plugins(engine, cache, config.plugins, supply);
    gateway::PluginSource source{.load =
                                     [&](const store::PluginConfig& plugin) {
                                         return gateway::load_plugin(engine, cache, plugin, supply);
                                     },
                                 .config_file = file,
                                 .host = supply.host};
    gateway::Server server(config, plugins, log, std::move(source));
    server.start();
    print_summary(config, *plugins, log_shown);
    if (!config.server.is_local())
        spdlog::warn("{} can be reached from other machines, and nothing asks them for a key",
                     config.server.host);
    print_address(config, server.port());
    const int signal = signals.wait();
    spdlog::info("{}: finishing the requests in flight, for at most {} s",
                 signal == SIGINT ? "SIGINT" : "SIGTERM",
                 config.client.shutdown_timeout.count() / 1000);
    signals.give_back();
    server.stop();
}

}  // namespace

void add_serve_command(CLI::App& app) {
    const auto options = std::make_shared<ServeOptions>();
    CLI::App* const command = app.add_subcommand("serve", "Run the gateway");
    command->add_option("--config", options->config,
                        "Configuration file; without it ./config.json, else the defaults");
    command->add_option("--host", options->host, "Address to listen on");
    command->add_option("--port", options->port, "Port to listen on; 0 takes a free one");
    command->add_option("--log-level", options->log_level, "trace, debug, info, warn, error, off")
        ->check(CLI::IsMember(std::vector<std::string>(log_levels.begin(), log_levels.end())));
    command->add_option("--threads", options->threads, "I/O threads; 0 is one a core")
        ->check(CLI::Range(0, 1024));
    command->add_option("--plugin", options->plugins, "A plug-in to add (repeatable)")
        ->allow_extra_args(false);
    command->add_flag("--validate", options->validate, "Check the configuration and stop");
    command->footer(
        "Examples:\n"
        "  sluice serve\n"
        "  sluice serve --config config.json --port 0\n"
        "  sluice serve --plugin build/plugins/guardrail_rust.wasm\n"
        "  sluice serve --config config.json --validate");
    command->callback([options] { serve(*options); });
}

}  // namespace sluice::app
