#pragma once

#include "hooks/host_calls.hpp"
#include "http/asio_types.hpp"
#include "http/link_pool.hpp"
#include "http/tls_client.hpp"

#include <map>
#include <memory>
#include <string>

namespace sluice {
struct HttpUrl;
}

namespace sluice::gateway {

/// The HTTP requests of one I/O thread's plug-ins, over connections that are kept for the next.
///
/// A request goes to hosts that its plug-in is allowed to ask. A name that only a wildcard allows
/// is connected to at public addresses alone, whatever its owner makes it resolve to. Redirects are
/// the guest's to follow: each is a request that is checked like any other.
/// Threads: one.
class PluginHttp {
  public:
    /// `tls` may be null where no plug-in asks anybody by https.
    explicit PluginHttp(std::function<std::shared_ptr<const http::TlsClient>()> tls);
    ~PluginHttp();
    PluginHttp(const PluginHttp&) = delete;
    PluginHttp& operator=(const PluginHttp&) = delete;

    /// Sends a request and gives its answer, or why there is none.
    /// Takes references: they belong to the awaiting frame.
    /// Blocks nothing. Ends at `deadline`, or after the request's own timeout.
    /// Errors: \throws boost::system::system_error operation_aborted when cancelled.
    http::Task<hooks::HttpReply> send(const hooks::HttpTask& task, const hooks::HostAccess& access,
                                      http::Clock::time_point deadline);

    /// Closes connections that have not been used for long; for Sweep::each_tick().
    void drop_aged(http::Clock::time_point now);

  private:
    struct Exchange;

    http::Task<hooks::HttpReply> exchange(Exchange& exchange);
    std::shared_ptr<http::LinkPool> pool_for(const Exchange& exchange);

    std::function<std::shared_ptr<const http::TlsClient>()> tls_;
    std::map<std::string, std::shared_ptr<http::LinkPool>> pools_{};  ///< by origin and addresses
};

}  // namespace sluice::gateway
