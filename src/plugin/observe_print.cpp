#include <sluice/observe.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>
#include <mutex>
#include <utility>

namespace sluice::observe {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// How many spans a span is a part of.
std::size_t depth_of(const Trace& trace, std::size_t span) {
    std::size_t depth = 0;
    for (; span != 0; span = trace.spans[span].parent) ++depth;
    return depth;
}

/// What happened in one span, a line each. Line ends of the guest's stay its own line's.
std::string text_of(const Trace& trace, std::size_t at) {
    const Span& span = trace.spans[at];
    const std::string indent(2 * depth_of(trace, at), ' ');
    std::string text = fmt::format("{}{}{} took {:.3f} ms\n", indent, at == 0 ? "Call of " : "",
                                   span.name, Milliseconds(span.duration).count());
    if (span.grown_pages > 0)
        text += fmt::format("{}  - grew by {} pages of memory\n", indent, span.grown_pages);
    for (const std::string& tag : span.tags) text += fmt::format("{}  - tag {}\n", indent, tag);
    for (const Metric& metric : trace.metrics)
        if (metric.span == at) text += fmt::format("{}  - metric {}\n", indent, metric.text);
    for (const LogLine& line : trace.logs)
        if (line.span == at)
            text += fmt::format("{}  - {}: {}\n", indent, to_string(line.level), line.text);
    return text;
}

class PrintAdapter final : public Adapter {
  public:
    explicit PrintAdapter(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

    void handle(Trace trace) noexcept override {
        std::string text = fmt::format("[{}] ", trace.plugin);
        for (std::size_t at = 0; at < trace.spans.size(); ++at) text += text_of(trace, at);
        if (!trace.error.empty()) text += fmt::format("  - failed: {}\n", trace.error);
        if (trace.dropped > 0) text += fmt::format("  - {} events left out\n", trace.dropped);
        const std::lock_guard lock(mutex_);
        write_(text);
    }

  private:
    std::function<void(std::string_view)> write_;
    std::mutex mutex_{};
};

}  // namespace

std::shared_ptr<Adapter> print_adapter(std::function<void(std::string_view)> write) {
    if (!write)
        write = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); };
    return std::make_shared<PrintAdapter>(std::move(write));
}

}  // namespace sluice::observe
