#pragma once

#include "gateway/plugin_registry.hpp"
#include "store/config.hpp"
#include "store/request_log.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice::gateway {

class Metrics;

/// The whole gateway: listener, worker threads, providers, plug-ins, metrics.
///
/// Each of the configuration's threads has its own acceptor on the one port, its own upstream
/// connections and plug-in instances; a connection lives on one thread.
/// Lifetime: shares the plug-ins and the log; nothing else has to outlive it. Several servers may
/// live in one process.
/// Threads: start() and stop() from one thread that is none of the server's; the rest from any.
class Server {
  public:
    /// `plugins` and `log` may be null: no plug-ins, no request log. Without `source.load` plug-ins
    /// cannot be changed while it runs. Opens no socket yet.
    /// Errors: \throws Error invalid_input when a provider cannot be used (a bad base_url, a CA
    /// file that cannot be read).
    explicit Server(store::Config config, std::shared_ptr<const PluginSet> plugins = {},
                    std::shared_ptr<store::RequestLog> log = {}, PluginSource source = {});
    /// Stops as stop() does.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens on `config.server.host` and `port` (0 takes a free one) and returns when connections
    /// are accepted.
    /// Errors: \throws Error unavailable, naming address and reason, when the port cannot be had.
    void start();

    /// The port that was taken. 0 before start().
    std::uint16_t port() const noexcept;

    /// Accepts nothing more, closes idle connections, lets requests in flight finish for at most
    /// `config.client.shutdown_timeout`, cancels the rest, and returns when every thread has ended.
    /// Harmless when called again.
    void stop();

    const store::Config& config() const noexcept;
    Metrics& metrics() noexcept;
    /// Client connections that are open now.
    std::size_t open_connections() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::gateway
