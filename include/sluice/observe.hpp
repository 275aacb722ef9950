#pragma once

#include <sluice/http.hpp>
#include <sluice/log.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What plug-ins do, as traces: for guests that import `dylibso:observe/api` (spans, tags, metrics
/// and log lines of their own) or that a tool has instrumented with `dylibso:observe/instrument`
/// (calls of single functions, growth of memory), and one span around every call for all others.
/// Source: dylibso observe-sdk.
namespace sluice::observe {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

/// A stretch of a guest's work.
struct Span {
    std::string name{};  ///< of the function, or the guest's own words
    /// The function's number in its module; none for the whole call and for the guest's own spans.
    std::optional<std::uint32_t> function{};
    std::size_t parent = 0;            ///< which of Trace::spans it is a part of; 0 for the first
    std::chrono::nanoseconds start{};  ///< since Trace::start
    std::chrono::nanoseconds duration{};
    std::uint64_t grown_pages = 0;    ///< of 64 KiB, by which it made its memory grow
    std::vector<std::string> tags{};  ///< "key:value", as the guest wrote them
};

/// A number that a guest counts or measures, in statsd's notation: "name:1|c".
struct Metric {
    std::size_t span = 0;  ///< which of Trace::spans it was written in
    std::string text{};
};

struct LogLine {
    std::size_t span = 0;
    std::chrono::nanoseconds at{};  ///< since Trace::start
    LogLevel level = LogLevel::info;
    std::string text{};
};

/// One call of a plug-in. The first span is the call; each stands behind the one it is a part of.
struct Trace {
    TraceId id{};
    SpanId parent{};  ///< all zero: none
    std::string plugin{};
    std::chrono::system_clock::time_point start{};
    std::string error{};  ///< why the call failed; empty: it did not
    std::map<std::string, std::string> attributes{};
    std::vector<Span> spans{};
    std::vector<Metric> metrics{};
    std::vector<LogLine> logs{};
    /// Spans, tags, metrics and log lines beyond Options::max_events, ends without a beginning.
    std::uint64_t dropped = 0;
};

/// What is kept of a call.
struct Options {
    /// Shorter spans are left out; what happened in them counts for the span around them.
    std::chrono::nanoseconds min_duration = std::chrono::microseconds(20);
    std::size_t max_events = 10'000;  ///< spans, tags, metrics, log lines of one call together
};

/// Makes a call a part of a larger trace: see CallOptions::trace.
struct TraceContext {
    TraceId id{};     ///< all zero: a new one
    SpanId parent{};  ///< the span that the call is a part of
    std::map<std::string, std::string> attributes{};
};

/// Takes the traces of any number of plug-ins.
class Adapter {
  public:
    virtual ~Adapter() = default;
    /// Threads: those that call plug-ins, at the same time. It should not block.
    /// Errors: must not throw.
    virtual void handle(Trace trace) noexcept = 0;
};

/// Writes each trace as text, an indented line a span, to `write` (standard output unless given).
std::shared_ptr<Adapter> print_adapter(std::function<void(std::string_view)> write = {});

/// Where OtlpAdapter sends traces, and how many it keeps for that.
struct OtlpOptions {
    std::string url = "http://127.0.0.1:4318/v1/traces";
    HttpHeaders headers{};  ///< credentials, for instance
    std::string service_name = "sluice";
    std::size_t batch = 100;                                      ///< traces of one request
    std::chrono::milliseconds period = std::chrono::seconds(2);   ///< no trace waits for longer
    std::size_t queue = 1000;                                     ///< traces that wait at most
    std::chrono::milliseconds timeout = std::chrono::seconds(5);  ///< of one request
    HttpClient http{};  ///< in place of libcurl; called on the adapter's own thread
};

/// Sends traces to an OpenTelemetry collector: OTLP over HTTP, as JSON, from a thread of its own. A
/// batch that cannot be delivered is dropped and counted.
/// Source: OpenTelemetry protocol 1.5, "OTLP/HTTP", JSON Protobuf encoding.
class OtlpAdapter final : public Adapter {
  public:
    explicit OtlpAdapter(OtlpOptions options = {});
    /// Sends what is queued first. Blocks: at most `timeout` for each batch of it.
    ~OtlpAdapter() override;
    OtlpAdapter(const OtlpAdapter&) = delete;
    OtlpAdapter& operator=(const OtlpAdapter&) = delete;

    void handle(Trace trace) noexcept override;
    /// Blocks until all that is queued was sent or dropped. Threads: any.
    void flush();
    /// Traces that found the queue full or nobody who took them.
    std::uint64_t dropped() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::observe
