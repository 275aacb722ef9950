#include "gateway/relay.hpp"

#include "gateway/edge.hpp"
#include "gateway/tally.hpp"
#include "gateway/worker.hpp"
#include "http/chunked.hpp"
#include "http/sse_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::gateway {

namespace {

using Kind = http::BodyFraming::Kind;

/// Follows a body of any framing to its end.
class BodyTail {
  public:
    explicit BodyTail(http::BodyFraming framing) : kind_(framing.kind), left_(framing.bytes) {}

    /// How many of `bytes` belong to the body; `data` gets them without chunk framing.
    template <class Data>
    std::size_t take(std::string_view bytes, Data&& data) {
        switch (kind_) {
            case Kind::none:
                return 0;
            case Kind::chunked:
                return chunks_.scan(bytes, std::forward<Data>(data));
            case Kind::until_close:
                if (!bytes.empty()) data(bytes);
                return bytes.size();
            case Kind::length:
                break;
        }
        const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
        left_ -= taken;
        if (taken > 0) data(bytes.substr(0, taken));
        return taken;
    }

    bool done() const noexcept {
        return kind_ == Kind::none || (kind_ == Kind::length && left_ == 0) ||
               (kind_ == Kind::chunked && chunks_.done());
    }
    bool failed() const noexcept { return chunks_.failed(); }
    /// Whether the client can be given a chunk of ours now.
    bool between_chunks() const noexcept {
        return kind_ == Kind::until_close || (kind_ == Kind::chunked && chunks_.between_chunks());
    }

  private:
    Kind kind_;
    std::uint64_t left_;
    http::ChunkScanner chunks_{};
};

ClientFraming client_framing(const Exchange& exchange, Kind kind) {
    switch (kind) {
        case Kind::none:
            return ClientFraming::none;
        case Kind::length:
            return ClientFraming::length;
        case Kind::chunked:
            return ClientFraming::chunked;
        case Kind::until_close:
            break;
    }
    return exchange.is_http_1_0 ? ClientFraming::until_close : ClientFraming::chunked;
}

/// One relayed answer.
class Relay {
  public:
    Relay(Worker& worker, Client& client, Exchange& exchange, UpstreamCall& call)
        : worker_(worker),
          client_(client),
          exchange_(exchange),
          call_(call),
          framing_(client_framing(exchange, call.framing().kind)),
          tail_(call.framing()),
          tally_(worker.answers(), exchange,
                 worker.shared().logs_content() ? KeepText::yes : KeepText::no) {}

    http::Task<void> run();

  private:
    http::Task<bool> pump();
    http::Task<void> pass_on();
    http::Task<void> end_broken(std::string why);
    bool reframes() const {
        return framing_ == ClientFraming::chunked && call_.framing().kind == Kind::until_close;
    }

    Worker& worker_;
    Client& client_;
    Exchange& exchange_;
    UpstreamCall& call_;
    ClientFraming framing_;
    BodyTail tail_;
    Tally tally_;
    std::string head_{};
    bool whole_ = false;  ///< a plain answer came in one piece and was read where it lay
};

/// Sends what is in the buffer, after the head if that has not gone out yet.
http::Task<void> Relay::pass_on() {
    http::ReadBuffer& buffer = call_.buffer();
    const bool first = !exchange_.head_sent;
    const std::size_t bytes = tail_.take(buffer.view(), [&](std::string_view data) {
        if (exchange_.stream) return tally_.feed_events(data);
        whole_ = first && data.size() == call_.framing().bytes;
        if (whole_) return tally_.read_answer(data);
        tally_.feed_answer(data);
    });
    if (first && bytes == 0 && !exchange_.stream && !tail_.done()) co_return;
    http::Gather slices;
    if (first) slices.add(head_);
    const std::string_view body = buffer.view().substr(0, bytes);
    const http::ChunkHead chunk(std::max<std::size_t>(bytes, 1));
    if (reframes() && bytes > 0) {
        slices.add(chunk.view());
        slices.add(body);
        slices.add(http::chunk_end);
    } else {
        slices.add(body);
    }
    exchange_.head_sent = true;
    const auto before = http::Sweep::now();
    if (!slices.empty()) co_await client_.write(std::move(slices));
    call_.extend_limit(http::Sweep::now() - before);  // the client's slowness is not the provider's
    buffer.consume(bytes);
}

/// True when the answer came to its end.
http::Task<bool> Relay::pump() {
    for (;;) {
        co_await pass_on();
        if (tail_.done()) co_return true;
        if (tail_.failed()) co_return false;
        if (co_await call_.read()) continue;
        if (call_.framing().kind != Kind::until_close || call_.broken()) co_return false;
        if (reframes()) {
            http::Gather end(exchange_.head_sent ? std::string_view() : std::string_view(head_),
                             http::last_chunk);
            exchange_.head_sent = true;
            co_await client_.write(std::move(end));
        }
        co_return true;
    }
}

http::Task<void> Relay::end_broken(std::string why) {
    exchange_.keep_alive = false;
    exchange_.upstream_ok = false;
    exchange_.error = why;
    worker_.shared().streams_cut.fetch_add(1, std::memory_order_relaxed);
    if (!exchange_.head_sent) throw Error(ErrorCode::unavailable, why);
    if (!exchange_.stream || !tail_.between_chunks() || !tally_.between_events()) co_return;
    client_.deadline().expire_in(worker_.shared().config.client.header_timeout);
    const std::string event = error_event(why);
    const http::ChunkHead chunk(event.size());
    http::Gather slices(chunk.view(), event, http::chunk_end);  // no end: it never looks complete
    co_await client_.write(std::move(slices));
}

http::Task<void> Relay::run() {
    exchange_.status = call_.head().status();
    exchange_.upstream_ok = true;
    if (framing_ == ClientFraming::until_close) exchange_.keep_alive = false;
    exchange_.keep_alive = exchange_.keep_alive && !worker_.draining();
    head_ = answer_head(call_.head(), exchange_, framing_, call_.framing().bytes);
    if (exchange_.stream) call_.limit_each_read();
    std::string fault;
    try {
        if (!co_await pump()) fault = "the provider broke its answer off";
    } catch (const Error& error) {
        if (!exchange_.head_sent) throw;
        fault = error.what();  // told inside the stream below: a catch block cannot await
    }
    exchange_.upstream_end = http::Clock::now();
    if (!fault.empty()) {
        co_await end_broken(std::move(fault));
        co_return;
    }
    if (!exchange_.stream && !whole_) tally_.finish_answer();
    if (tally_.saw_error()) exchange_.upstream_ok = false;
    call_.finish();
}

}  // namespace

bool is_for_client(const http::ResponseHead& head, const http::Field& field) noexcept {
    if (http::is_hop_by_hop(field.id) || field.id == http::FieldId::content_length) return false;
    if (field.id != http::FieldId::other) return true;
    // A provider's cookies are for the gateway's connection, not for whoever shares it.
    if (http::equal_ignoring_case(field.name, "set-cookie")) return false;
    return !head.find(http::FieldId::connection) || !head.is_named_in_connection(field.name);
}

std::string answer_head(const http::ResponseHead& head, const Exchange& exchange,
                        ClientFraming framing, std::uint64_t body_bytes) {
    std::string text;
    text.reserve(head.raw().size() + 256);
    http::append_status_line(text, head.status());
    for (const http::Field& field : head.fields()) {
        if (!is_for_client(head, field)) continue;
        const bool is_id = field.id == http::FieldId::other &&
                           http::equal_ignoring_case(field.name, "x-request-id");
        text += is_id ? std::string_view("x-provider-request-id") : field.name;
        text += ": ";
        text += field.value;
        text += "\r\n";
    }
    http::append_field(text, "x-request-id", exchange.request_id);
    if (framing == ClientFraming::length)
        fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", body_bytes);
    else if (framing == ClientFraming::chunked)
        text += "Transfer-Encoding: chunked\r\n";
    else if (framing == ClientFraming::none && head.status() != 204 && head.status() != 304)
        text += "Content-Length: 0\r\n";
    if (!exchange.keep_alive)
        text += "Connection: close\r\n";
    else if (exchange.is_http_1_0)
        text += "Connection: keep-alive\r\n";
    text += "\r\n";
    return text;
}

http::Task<void> relay(Worker& worker, Client& client, Exchange& exchange, UpstreamCall& call) {
    Relay relay(worker, client, exchange, call);
    co_await relay.run();
}

std::string error_event(std::string_view message) {
    std::string event;
    http::append_event(event, llm::to_json(own_error(502, std::string(message))), "error");
    return event;
}

}  // namespace sluice::gateway
