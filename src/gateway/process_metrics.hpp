#pragma once

namespace sluice::gateway {

class Metrics;

/// The process' own series, by Prometheus' usual names: CPU time, memory, open files, start.
void add_process_metrics(Metrics& metrics);

}  // namespace sluice::gateway
