#pragma once

#include "gateway/plugin_metrics.hpp"
#include "hooks/host_calls.hpp"
#include "http/tls_client.hpp"
#include "store/config.hpp"
#include "store/variable_store.hpp"

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <mutex>

namespace sluice::gateway {

/// What all plug-ins of one gateway share beside their requests: variables and their own series.
///
/// Threads: any. Lifetime: shared by the plug-ins, the server and whoever loads plug-ins.
class PluginHost {
  public:
    explicit PluginHost(std::unique_ptr<store::VariableStore> variables);

    store::VariableStore& variables() noexcept { return *variables_; }
    /// Threads for a store that waits. Lifetime: theirs end before an io_context that waits for
    /// them.
    boost::asio::thread_pool& waiting() noexcept { return *waiting_; }
    PluginMetrics& metrics() noexcept { return metrics_; }

    /// Loads the certificate authorities for requests of plug-ins, once.
    /// Blocks: reads files. Errors: as http::TlsClient.
    void load_authorities();
    /// Null before load_authorities().
    std::shared_ptr<const http::TlsClient> tls() const;

    /// `host` as its plug-ins see it, which share it.
    static std::shared_ptr<const hooks::HostServices> services(std::shared_ptr<PluginHost> host);

  private:
    std::unique_ptr<store::VariableStore> variables_;
    std::unique_ptr<boost::asio::thread_pool> waiting_{};  ///< null where the store does not wait
    PluginMetrics metrics_{};
    mutable std::mutex mutex_{};
    std::shared_ptr<const http::TlsClient> tls_{};
};

/// A host whose variables are where the configuration says; by default in memory.
/// Errors: as store::make_variable_store().
std::shared_ptr<PluginHost> make_plugin_host(const store::VariableStoreConfig& variables = {});

}  // namespace sluice::gateway
