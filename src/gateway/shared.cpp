#include "gateway/shared.hpp"

#include <prometheus/metric_family.h>

#include <utility>

namespace sluice::gateway {

namespace {

template <class Count>
std::function<double()> read(const std::atomic<Count>& count) {
    return [&count] { return static_cast<double>(count.load(std::memory_order_relaxed)); };
}

}  // namespace

Shared::Shared(store::Config configuration, std::shared_ptr<const PluginSet> loaded,
               std::shared_ptr<store::RequestLog> request_log, PluginSource source)
    : config(std::move(configuration)),
      plugin_host(source.host),
      plugins(std::move(loaded), std::move(source)),
      log(config.client.enable_logging ? std::move(request_log) : nullptr),
      providers(config),
      shadows(logs_content() ? ShownValues::kept : ShownValues::left_out) {
    for (const Provider& provider : providers.all())
        failures.push_back(
            std::make_unique<llm::mock::FailureSchedule>(provider.config.mock.failure_rate));
    metrics.gauge("sluice_connections", "Client connections that are open", read(connections));
    metrics.gauge("sluice_refused_connections_total",
                  "Connections turned away at the limit, so far", read(refused_connections));
    metrics.gauge("sluice_streams_cut_total", "Streams that a provider broke off, so far",
                  read(streams_cut));
    metrics.gauge("sluice_clients_gone_total", "Clients that went away before their answer, so far",
                  read(clients_gone));
    metrics.gauge("sluice_upstream_retries_total",
                  "Requests sent again because a kept connection had died, so far", read(retries));
    if (plugin_host)
        metrics.collect(
            [host = plugin_host](auto& families) { host->metrics().collect(families); });
    if (!log) return;
    metrics.gauge("sluice_log_queue_rows", "Rows of the request log that wait for the disk",
                  [rows = log] { return static_cast<double>(rows->queued_rows()); });
    metrics.gauge("sluice_log_dropped_rows_total",
                  "Rows of the request log that were dropped, so far",
                  [rows = log] { return static_cast<double>(rows->dropped_rows()); });
    metrics.gauge("sluice_log_dropped_bodies_total",
                  "Rows that were written without the bodies recorded for them, so far",
                  [rows = log] { return static_cast<double>(rows->dropped_bodies()); });
}

Shared::~Shared() {
    blocking.join();
    compiling.join();
}

}  // namespace sluice::gateway
