#include "plugin/observe_collector.hpp"

#include "base/random.hpp"
#include "base/uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::observe {
namespace {

/// Of one name, tag, metric or log line: a guest's flood must not become its host's.
constexpr std::size_t most_text_bytes = 4096;

std::string kept(std::string_view text) {
    return std::string(text.substr(0, most_text_bytes));
}

/// Gives the events of a span to another one. They are the last: no older event is looked at.
template <class Event>
void move_last(std::vector<Event>& events, std::size_t from, std::size_t to) {
    for (auto event = events.rbegin(); event != events.rend() && event->span == from; ++event)
        event->span = to;
}

TraceId new_id() {
    thread_local std::mt19937_64 random = seeded_random();
    return make_uuid(random(), random());
}

}  // namespace

Collector::Collector(std::shared_ptr<Adapter> adapter, Options options, std::string plugin,
                     std::shared_ptr<const FunctionNames> names)
    : adapter_(std::move(adapter)),
      options_(options),
      plugin_(std::move(plugin)),
      names_(std::move(names)) {}

void Collector::begin(std::string_view function, const TraceContext* context) {
    trace_ = {.plugin = plugin_, .start = std::chrono::system_clock::now()};
    if (context != nullptr) {
        trace_.id = context->id;
        trace_.parent = context->parent;
        trace_.attributes = context->attributes;
    }
    if (trace_.id == TraceId{}) trace_.id = new_id();
    open_.clear();
    left_out_ = 0;
    events_ = 1;  // the call's span, which is always kept
    start_ = Clock::now();
    trace_.spans.push_back({.name = kept(function)});
    open_.push_back(0);
}

void Collector::end(std::string_view error) {
    if (open_.empty()) return;  // no call began: the guest was being initialised
    while (open_.size() > 1) close();
    trace_.spans.front().duration = now();
    trace_.error = error;
    open_.clear();
    adapter_->handle(std::exchange(trace_, {}));
}

void Collector::enter(std::uint32_t function) {
    if (takes_span()) open({.name = name_of(function), .function = function});
}

void Collector::exit(std::uint32_t function) {
    if (left_out_ > 0) {
        --left_out_;
    } else if (open_.size() > 1 && trace_.spans[open_.back()].function == function) {
        close();
    } else {
        ++trace_.dropped;
    }
}

void Collector::enter_span(std::string_view name) {
    if (takes_span()) open({.name = kept(name)});
}

void Collector::exit_span() {
    if (left_out_ > 0) {
        --left_out_;
    } else if (open_.size() > 1 && !trace_.spans[open_.back()].function) {
        close();
    } else {
        ++trace_.dropped;
    }
}

void Collector::grow(std::uint64_t pages) {
    if (!open_.empty()) trace_.spans[open_.back()].grown_pages += pages;
}

void Collector::tag(std::string_view tags) {
    if (open_.empty()) return;
    for (tags = tags.substr(0, most_text_bytes); !tags.empty();) {
        const std::string_view tag = tags.substr(0, tags.find(','));
        tags.remove_prefix(std::min(tags.size(), tag.size() + 1));
        if (!tag.empty() && takes_event()) trace_.spans[open_.back()].tags.emplace_back(tag);
    }
}

void Collector::metric(std::string_view text) {
    if (open_.empty() || !takes_event()) return;
    trace_.metrics.push_back({.span = open_.back(), .text = kept(text)});
}

void Collector::log(LogLevel level, std::string_view text) {
    if (open_.empty() || !takes_event()) return;
    trace_.logs.push_back({.span = open_.back(), .at = now(), .level = level, .text = kept(text)});
}

/// Whether there is room for one more; what there is none for is counted.
bool Collector::takes_event() {
    const bool takes = events_ < options_.max_events;
    ++(takes ? events_ : trace_.dropped);
    return takes;
}

/// False when the next span is left out, whose end is then left out as well.
bool Collector::takes_span() {
    if (open_.empty()) return false;
    if (left_out_ == 0 && takes_event()) return true;
    if (left_out_++ > 0) ++trace_.dropped;
    return false;
}

void Collector::open(Span span) {
    span.parent = open_.back();
    span.start = now();
    open_.push_back(trace_.spans.size());
    trace_.spans.push_back(std::move(span));
}

/// Ends the innermost open span, or forgets it when it was too short.
void Collector::close() {
    const std::size_t at = open_.back();
    open_.pop_back();
    Span& span = trace_.spans[at];
    span.duration = now() - span.start;
    if (span.duration >= options_.min_duration) return;
    // Whatever began after it ended within it, was shorter still, and is gone: it is the last one.
    const std::size_t parent = span.parent;
    move_last(trace_.metrics, at, parent);
    move_last(trace_.logs, at, parent);
    Span& around = trace_.spans[parent];
    around.grown_pages += span.grown_pages;
    std::ranges::move(span.tags, std::back_inserter(around.tags));
    trace_.spans.pop_back();
    --events_;
}

std::string Collector::name_of(std::uint32_t function) const {
    if (names_)
        if (const auto found = names_->find(function); found != names_->end()) return found->second;
    return fmt::format("function {}", function);
}

}  // namespace sluice::observe
