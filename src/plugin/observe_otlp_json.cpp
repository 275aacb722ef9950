#include "plugin/observe_otlp_json.hpp"

#include "base/json_text.hpp"

#include <sluice/runtime.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <vector>

namespace sluice::observe {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using std::chrono::nanoseconds;

constexpr int internal_kind = 1;  // SPAN_KIND_INTERNAL
constexpr int error_status = 2;   // STATUS_CODE_ERROR

template <std::size_t size>
std::string hex(const std::array<std::uint8_t, size>& bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

/// A text out of a guest may be any bytes, and JSON is UTF-8.
value utf8(std::string_view text) {
    return boost::json::parse(json_text(text));
}

object attribute(std::string_view key, std::string_view text) {
    return {{"key", utf8(key)}, {"value", {{"stringValue", utf8(text)}}}};
}
object attribute(std::string_view key, std::uint64_t number) {
    return {{"key", key}, {"value", {{"intValue", std::to_string(number)}}}};
}

std::string unix_nanoseconds(const Trace& trace, nanoseconds since) {
    const auto start = std::chrono::duration_cast<nanoseconds>(trace.start.time_since_epoch());
    return std::to_string((start + since).count());
}

array attributes_of(const Trace& trace, std::size_t at) {
    const Span& span = trace.spans[at];
    array all;
    all.emplace_back(attribute("sluice.plugin", trace.plugin));
    for (const auto& [key, text] : trace.attributes) all.emplace_back(attribute(key, text));
    if (span.function)
        all.emplace_back(attribute("sluice.function", std::uint64_t{*span.function}));
    if (span.grown_pages > 0)
        all.emplace_back(attribute("sluice.memory.grown_pages", span.grown_pages));
    if (at == 0 && trace.dropped > 0)
        all.emplace_back(attribute("sluice.observe.dropped", trace.dropped));
    for (const std::string& tag : span.tags) {
        const std::size_t colon = tag.find(':');
        all.emplace_back(attribute(tag.substr(0, colon), colon == std::string::npos
                                                             ? std::string()
                                                             : tag.substr(colon + 1)));
    }
    return all;
}

array events_of(const Trace& trace, std::size_t at) {
    array events;
    for (const LogLine& line : trace.logs)
        if (line.span == at)
            events.emplace_back(
                object{{"timeUnixNano", unix_nanoseconds(trace, line.at)},
                       {"name", "log"},
                       {"attributes", array{attribute("level", to_string(line.level)),
                                            attribute("message", line.text)}}});
    for (const Metric& metric : trace.metrics)
        if (metric.span == at)
            events.emplace_back(
                object{{"timeUnixNano", unix_nanoseconds(trace, trace.spans[at].start)},
                       {"name", "metric"},
                       {"attributes", array{attribute("statsd", metric.text)}}});
    return events;
}

object span_of(const Trace& trace, std::size_t at, const std::vector<std::string>& numbers) {
    const Span& span = trace.spans[at];
    object json{{"traceId", hex(trace.id)},
                {"spanId", numbers[at]},
                {"name", utf8(span.name)},
                {"kind", internal_kind},
                {"startTimeUnixNano", unix_nanoseconds(trace, span.start)},
                {"endTimeUnixNano", unix_nanoseconds(trace, span.start + span.duration)},
                {"attributes", attributes_of(trace, at)}};
    if (at > 0)
        json["parentSpanId"] = numbers[span.parent];
    else if (trace.parent != SpanId{})
        json["parentSpanId"] = hex(trace.parent);
    if (array events = events_of(trace, at); !events.empty()) json["events"] = std::move(events);
    if (at == 0 && !trace.error.empty())
        json["status"] = object{{"code", error_status}, {"message", utf8(trace.error)}};
    return json;
}

}  // namespace

std::string otlp_json(std::span<const Trace> traces, std::string_view service_name,
                      const std::function<std::uint64_t()>& random) {
    array spans;
    for (const Trace& trace : traces) {
        std::vector<std::string> numbers(trace.spans.size());
        for (std::string& number : numbers) number = fmt::format("{:016x}", random() | 1U);
        for (std::size_t at = 0; at < trace.spans.size(); ++at)
            spans.emplace_back(span_of(trace, at, numbers));
    }
    const object scope{{"name", "sluice"}, {"version", version()}};
    const object resource{{"attributes", array{attribute("service.name", service_name)}}};
    const object scoped{{"scope", scope}, {"spans", std::move(spans)}};
    const object resourced{{"resource", resource}, {"scopeSpans", array{scoped}}};
    return boost::json::serialize(object{{"resourceSpans", array{resourced}}});
}

}  // namespace sluice::observe
