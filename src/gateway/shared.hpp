#pragma once

#include "gateway/metrics.hpp"
#include "gateway/plugin_registry.hpp"
#include "gateway/providers.hpp"
#include "gateway/shadow_runner.hpp"
#include "llm/mock/mock.hpp"
#include "store/config.hpp"
#include "store/request_log.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::gateway {

/// What a server's threads have in common. Immutable, or safe from any thread.
struct Shared {
    Shared(store::Config configuration, std::shared_ptr<const PluginSet> loaded,
           std::shared_ptr<store::RequestLog> request_log, PluginSource source);
    ~Shared();
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;

    bool logs_content() const noexcept {
        return log != nullptr && !config.client.disable_content_logging;
    }

    /// Of a body, for the request log; 0: bodies are not recorded.
    std::size_t most_recorded() const noexcept {
        return log != nullptr && config.logs_store.record_bodies ? config.logs_store.record_bytes
                                                                 : 0;
    }

    const store::Config config;
    const std::shared_ptr<PluginHost> plugin_host;  ///< null: plug-ins have none
    PluginRegistry plugins;
    const std::shared_ptr<store::RequestLog> log;  ///< null: no request log
    const ProviderTable providers;
    /// By Provider::index; of use for the mock only.
    std::vector<std::unique_ptr<llm::mock::FailureSchedule>> failures;
    Metrics metrics{};
    ShadowRunner shadows;
    boost::asio::thread_pool blocking{1};
    boost::asio::thread_pool compiling{1};  ///< of its own: a module may take seconds

    std::atomic<std::size_t> connections{0};
    std::atomic<std::uint64_t> refused_connections{0};
    std::atomic<std::uint64_t> streams_cut{0};
    std::atomic<std::uint64_t> clients_gone{0};
    std::atomic<std::uint64_t> retries{0};
};

}  // namespace sluice::gateway
