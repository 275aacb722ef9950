#pragma once

#include <sluice/observe.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::observe {

/// The body of a request that hands `traces` over. `random` makes the spans' numbers.
/// Source: OpenTelemetry protocol, `ExportTraceServiceRequest` as JSON: numbers of traces and spans
/// in hexadecimal, times in nanoseconds as texts.
std::string otlp_json(std::span<const Trace> traces, std::string_view service_name,
                      const std::function<std::uint64_t()>& random);

}  // namespace sluice::observe
