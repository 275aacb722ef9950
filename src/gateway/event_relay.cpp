#include "gateway/event_relay.hpp"

#include "base/json_text.hpp"
#include "gateway/relay.hpp"
#include "gateway/worker.hpp"
#include "http/chunked.hpp"
#include "http/sse_writer.hpp"
#include "llm/padding.hpp"

#include <sluice/error.hpp>

#include <utility>

namespace sluice::gateway {

namespace {

std::string plugin_stop_event(std::string_view text) {
    std::string data = R"({"error":)";
    append_json_text(data, text);
    data += '}';
    std::string event;
    http::append_event(event, data, "error");
    return event;
}

}  // namespace

EventRelay::EventRelay(Worker& worker, Client& client, Exchange& exchange, ChunkHooks hooks)
    : worker_(worker),
      client_(client),
      exchange_(exchange),
      hooks_(hooks),
      tally_(worker.answers(), exchange,
             worker.shared().logs_content() ? KeepText::yes : KeepText::no) {}

http::Task<void> EventRelay::send(std::string_view framed) {
    if (framed.empty()) co_return;
    client_.deadline().expire_in(worker_.shared().config.client.idle_timeout);
    const http::ChunkHead chunk(framed.size());
    http::Gather slices;
    if (exchange_.is_http_1_0) {
        slices.add(framed);
    } else {
        slices.add(chunk.view());
        slices.add(framed);
        slices.add(http::chunk_end);
    }
    client_.write_now(slices);
    if (!slices.empty()) co_await client_.write(std::move(slices));
    client_.deadline().clear();
}

/// As the provider sent it, before any hook.
void EventRelay::record(const StreamEvent& event) {
    if (hooks_.recording == nullptr) return;
    if (event.kind == StreamEvent::Kind::other) {
        hooks_.recording->add(event.data);
        return;
    }
    framed_.clear();
    http::append_event(framed_, event.data, event.type);
    hooks_.recording->add(framed_);
}

http::Task<EventRelay::Next> EventRelay::pass_on(StreamEvent& event) {
    record(event);
    framed_.clear();
    if (event.kind == StreamEvent::Kind::done) {
        framed_ = http::sse_done;
    } else if (event.kind == StreamEvent::Kind::other) {
        framed_ = event.data;
    } else {
        auto fate = RequestHooks::ChunkFate::send;
        if (hooks_.post) fate = co_await hooks_.hooks->post_chunk(event.data);
        if (fate == RequestHooks::ChunkFate::send && hooks_.request != nullptr)
            fate = co_await hooks_.hooks->stream_chunk(*hooks_.request, event.data);
        if (fate == RequestHooks::ChunkFate::drop) co_return Next::go_on;
        if (fate == RequestHooks::ChunkFate::stop) {
            std::string frame = plugin_stop_event(event.data);
            co_await fail(std::move(event.data), std::move(frame));
            co_return Next::stop;
        }
        http::append_event(framed_, event.data, event.type);
        llm::pad(event.data);
        tally_.read(event.data);
    }
    co_await send(framed_);
    co_return Next::go_on;
}

/// Tells the client inside the stream. What broke off never looks complete: its body has no end.
http::Task<void> EventRelay::fail(std::string why, std::string event) {
    exchange_.error = std::move(why);
    exchange_.keep_alive = false;
    co_await send(event);
}

http::Task<void> EventRelay::end() {
    if (exchange_.is_http_1_0) co_return;
    http::Gather last(http::last_chunk);
    co_await client_.write(std::move(last));
}

http::Task<bool> EventRelay::run(EventSource& source, std::string_view head) {
    exchange_.head_sent = true;
    if (hooks_.recording != nullptr)
        hooks_.recording->begin_answer(exchange_.status, Recording::Form::stream);
    http::Gather first(head);
    co_await client_.write(std::move(first));
    StreamEvent event;
    std::string fault;
    try {
        while (co_await source.next(event))
            if (co_await pass_on(event) == Next::stop) {
                co_await end();  // a plug-in's decision, and all of it was told
                co_return false;
            }
    } catch (const Error& error) {
        fault = error.what();  // told below: a catch block cannot await
    }
    exchange_.upstream_end = http::Clock::now();
    if (!fault.empty()) {
        worker_.shared().streams_cut.fetch_add(1, std::memory_order_relaxed);
        exchange_.upstream_ok = false;
        std::string frame = error_event(fault);
        co_await fail(std::move(fault), std::move(frame));
        co_return false;
    }
    co_await end();
    co_return true;
}

}  // namespace sluice::gateway
