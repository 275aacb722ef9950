#include "gateway.hpp"

#include "gateway/plugin_set.hpp"
#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <utility>

namespace sluice::tests {
namespace {

/// One engine a test program: its clock has to outlive every call of every server.
const wasm::Engine& engine() {
    static const wasm::Engine shared;
    return shared;
}

/// The real one: compiling four guardrails in each test would take seconds.
const wasm::ImageCache& image_cache() {
    static const wasm::ImageCache shared(wasm::ImageCache::default_folder());
    return shared;
}

std::shared_ptr<const gateway::PluginSet> load(const store::Config& config,
                                               const std::shared_ptr<gateway::PluginHost>& host) {
    if (config.plugins.empty()) return nullptr;
    return gateway::load_plugins(engine(), image_cache(), config.plugins,
                                 {.host = host, .downloads = config.plugin_downloads});
}

}  // namespace

store::Config config_before(const Upstream& upstream, store::ClientConfig client) {
    store::Config config;
    config.client = client;
    config.server.port = 0;
    config.server.threads = 1;
    store::ProviderConfig openai{.name = "openai"};
    openai.keys.push_back({.name = "test", .value = "sk-upstream"});
    openai.network.base_url = upstream.url();
    store::ProviderConfig mock{.name = "mock"};
    config.providers = {std::move(openai), std::move(mock)};
    return config;
}

store::PluginConfig plugin(std::string name, std::filesystem::path file) {
    return {.name = std::move(name), .path = std::move(file)};
}

store::PluginConfig hazard(std::string_view name) {
    return plugin(std::string(name),
                  std::filesystem::path(SLUICE_TEST_GUESTS) / (std::string(name) + ".wat"));
}

Gateway::Gateway(store::Config config, std::filesystem::path config_file) {
    if (config.logs_store.enabled)
        log_ = std::make_shared<store::RequestLog>(log_file(), config.logs_store.queue_rows);
    const auto host = gateway::make_plugin_host(config.variables_store);
    auto plugins = load(config, host);
    const gateway::PluginSupply supply{.host = host, .downloads = config.plugin_downloads};
    const auto load = [supply](const store::PluginConfig& entry) {
        return gateway::load_plugin(engine(), image_cache(), entry, supply);
    };
    server_ = std::make_unique<gateway::Server>(
        std::move(config), std::move(plugins), log_,
        gateway::PluginSource{.load = load, .config_file = std::move(config_file), .host = host});
    server_->start();
}

Answer Gateway::chat(std::string_view json) const {
    Wire client = connect();
    client.chat(json);
    return client.receive();
}

Answer Gateway::get(std::string_view target) const {
    Wire client = connect();
    client.get(target);
    return client.receive();
}

Answer Gateway::ask(std::string_view method, std::string_view target, std::string_view json) const {
    Wire client = connect();
    client.send_bytes(fmt::format(
        "{} {} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
        "{}",
        method, target, json.size(), json));
    return client.receive();
}

std::string Gateway::logs_once_there_are(std::size_t rows) const {
    const std::string mark = fmt::format("\"total_count\":{}", rows);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
        std::string logs = get("/api/logs").body;
        if (logs.find(mark) != std::string::npos) return logs;
        if (std::chrono::steady_clock::now() > give_up)
            throw std::runtime_error(fmt::format("no {} rows in {}", rows, logs));
    }
}

std::string Gateway::plugin_report(std::string_view name) const {
    return get(fmt::format("/api/plugins/{}", name)).body;
}

}  // namespace sluice::tests
