#pragma once

#include "plugin/function_names.hpp"

#include <sluice/observe.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::observe {

/// Makes one plug-in's calls into traces.
///
/// The guest says when spans begin and end, and may lie: an end without a beginning is counted and
/// ignored, and spans that are open at the call's end are closed by it.
/// Threads: those of the plug-in.
class Collector {
  public:
    Collector(std::shared_ptr<Adapter> adapter, Options options, std::string plugin,
              std::shared_ptr<const FunctionNames> names);

    /// A call begins. `context` may be null.
    void begin(std::string_view function, const TraceContext* context);
    /// It ends: the adapter gets the trace. `error` is empty when it did not fail.
    void end(std::string_view error);

    void enter(std::uint32_t function);
    void exit(std::uint32_t function);
    void enter_span(std::string_view name);
    void exit_span();
    void grow(std::uint64_t pages);
    void tag(std::string_view tags);  ///< separated by commas
    void metric(std::string_view text);
    void log(LogLevel level, std::string_view text);

  private:
    using Clock = std::chrono::steady_clock;

    void open(Span span);
    void close();
    bool takes_event();
    bool takes_span();
    std::chrono::nanoseconds now() const { return Clock::now() - start_; }
    std::string name_of(std::uint32_t function) const;

    std::shared_ptr<Adapter> adapter_;
    Options options_;
    std::string plugin_;
    std::shared_ptr<const FunctionNames> names_;
    Trace trace_{};
    std::vector<std::size_t> open_{};  ///< of the trace's spans; the first is the call's
    std::size_t left_out_ = 0;         ///< open spans that there was no room for
    std::size_t events_ = 0;           ///< kept in the trace: spans, tags, metrics, log lines
    Clock::time_point start_{};
};

}  // namespace sluice::observe
