#include "gateway/plugin_host.hpp"

#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::size_t waiting_threads = 4;

}  // namespace

PluginHost::PluginHost(std::unique_ptr<store::VariableStore> variables)
    : variables_(std::move(variables)) {
    if (variables_->waits()) waiting_ = std::make_unique<boost::asio::thread_pool>(waiting_threads);
}

void PluginHost::load_authorities() {
    const std::lock_guard lock(mutex_);
    if (!tls_) tls_ = std::make_shared<const http::TlsClient>();
}

std::shared_ptr<const http::TlsClient> PluginHost::tls() const {
    const std::lock_guard lock(mutex_);
    return tls_;
}

std::shared_ptr<const hooks::HostServices> PluginHost::services(std::shared_ptr<PluginHost> host) {
    auto services = std::make_shared<hooks::HostServices>();
    services->variables_wait = host->variables().waits();
    services->variables = [host](const VariableCommand& command) -> std::optional<VariableReply> {
        if (host->variables().waits()) return std::nullopt;
        return host->variables().run(command);
    };
    services->metric = [host](const hooks::MetricUpdate& update) {
        return host->metrics().update(update);
    };
    return services;
}

std::shared_ptr<PluginHost> make_plugin_host(const store::VariableStoreConfig& variables) {
    return std::make_shared<PluginHost>(store::make_variable_store(variables));
}

}  // namespace sluice::gateway
