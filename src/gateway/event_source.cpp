#include "gateway/event_source.hpp"

#include "http/sse_parser.hpp"

#include <sluice/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice::gateway {

using Kind = http::BodyFraming::Kind;

UpstreamEvents::UpstreamEvents(UpstreamCall& call) : call_(call), framing_(call.framing()) {
    ended_ = framing_.kind == Kind::none;
}

bool UpstreamEvents::take_event(StreamEvent& event) {
    const std::string_view rest = std::string_view(bytes_).substr(used_);
    const std::size_t length = http::whole_event(rest, searched_);
    if (length == 0) return false;
    searched_ = 0;
    used_ += length;
    const std::string_view whole = rest.substr(0, length);
    const http::SseView view = http::read_event(whole, joined_);
    event.type.assign(view.type);
    if (!view.has_data) {
        event.kind = StreamEvent::Kind::other;
        event.data.assign(whole);
        return true;
    }
    event.kind = view.data == "[DONE]" ? StreamEvent::Kind::done : StreamEvent::Kind::chunk;
    event.data.assign(view.data);
    return true;
}

/// Moves what came from the link's buffer to `bytes_`.
void UpstreamEvents::take_bytes() {
    http::ReadBuffer& buffer = call_.buffer();
    bytes_.erase(0, used_);
    used_ = 0;
    const std::string_view view = buffer.view();
    std::size_t taken = view.size();
    if (framing_.kind == Kind::chunked) {
        taken = chunks_.scan(view, [&](std::string_view data) { bytes_ += data; });
        ended_ = chunks_.done();
    } else {
        if (framing_.kind == Kind::length) {
            taken = static_cast<std::size_t>(std::min<std::uint64_t>(framing_.bytes, taken));
            framing_.bytes -= taken;
            ended_ = framing_.bytes == 0;
        }
        bytes_ += view.substr(0, taken);
    }
    buffer.consume(taken);
    if (chunks_.failed() || bytes_.size() > most_event_bytes)
        throw Error(ErrorCode::unavailable, "the provider's stream cannot be read");
}

http::Task<bool> UpstreamEvents::next(StreamEvent& event) {
    for (;;) {
        if (take_event(event)) co_return true;
        if (ended_) co_return false;
        // The await stands alone: behind `&&`, g++ 12 makes a frame that cannot be resumed
        // (SIGILL).
        bool more = true;
        if (call_.buffer().empty()) more = co_await call_.read();
        if (!more) {
            if (framing_.kind != Kind::until_close || call_.broken())
                throw Error(ErrorCode::unavailable, "the provider broke its answer off");
            ended_ = true;
        }
        take_bytes();
    }
}

MadeEvents::MadeEvents(http::Executor executor, std::vector<std::string> chunks,
                       std::chrono::milliseconds delay)
    : timer_(executor), chunks_(std::move(chunks)), delay_(delay) {}

http::Task<bool> MadeEvents::next(StreamEvent& event) {
    if (at_ > chunks_.size()) co_return false;
    event.type.clear();
    if (at_ == chunks_.size()) {
        event.kind = StreamEvent::Kind::done;
        event.data = "[DONE]";
    } else {
        if (delay_.count() > 0) {
            timer_.expires_after(delay_);
            co_await timer_.async_wait(http::use_task);
        }
        event.kind = StreamEvent::Kind::chunk;
        event.data = std::move(chunks_[at_]);
    }
    ++at_;
    co_return true;
}

}  // namespace sluice::gateway
