#include "gateway/relay.hpp"

#include "gateway/edge.hpp"
#include "gateway/tally.hpp"
#include "gateway/worker.hpp"
#include "http/chunked.hpp"
#include "http/sse_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
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
    /// What must go before a chunk of ours, should the client be given one now: the end of the
    /// chunk that it has a part of, filled with empty lines, which mean nothing between two events.
    std::optional<std::string> rest_of_chunk() const {
        constexpr std::size_t most_fill = 64 << 10;
        if (kind_ == Kind::until_close) return std::string();
        return kind_ == Kind::chunked ? chunks_.rest_of_chunk('\n', most_fill) : std::nullopt;
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

/// One relayed answer: what goes to the client next. Waits for nobody.
class Relay {
  public:
    Relay(Worker& worker, Exchange& exchange, UpstreamCall& call)
        : exchange_(exchange),
          call_(call),
          framing_(client_framing(exchange, call.framing().kind)),
          tail_(call.framing()),
          tally_(worker.answers(), exchange,
                 worker.shared().logs_content() ? KeepText::yes : KeepText::no) {
        if (framing_ == ClientFraming::until_close) exchange_.keep_alive = false;
        exchange_.keep_alive = exchange_.keep_alive && !worker.draining();
        head_ = answer_head(call_.head(), exchange_, framing_, call_.framing().bytes);
        if (exchange_.recording)
            exchange_.recording->begin_answer(call_.head().status(), exchange_.stream
                                                                         ? Recording::Form::stream
                                                                         : Recording::Form::plain);
    }

    /// What is in the buffer, behind the head if that has not gone out yet. Lifetime: until sent().
    http::Gather next();
    /// What next() gave has gone out.
    void sent() { call_.buffer().consume(std::exchange(bytes_, 0)); }

    bool done() const noexcept { return tail_.done(); }
    bool failed() const noexcept { return tail_.failed(); }

    /// Whether a body may end where the provider has closed, and what tells the client so.
    bool may_end_here() const noexcept {
        return call_.framing().kind == Kind::until_close && !call_.broken();
    }
    http::Gather end();

    /// The answer came to its end.
    void finish();
    /// It did not. What goes before the event that tells the client of it; nothing when it cannot
    /// be told any more.
    std::optional<std::string> break_off(const std::string& why);

  private:
    bool reframes() const {
        return framing_ == ClientFraming::chunked && call_.framing().kind == Kind::until_close;
    }

    Exchange& exchange_;
    UpstreamCall& call_;
    ClientFraming framing_;
    BodyTail tail_;
    Tally tally_;
    std::string head_{};
    http::ChunkHead chunk_{1};
    std::size_t bytes_ = 0;  ///< of the buffer, on their way to the client
    bool whole_ = false;     ///< a plain answer came in one piece and was read where it lay
};

http::Gather Relay::next() {
    const http::ReadBuffer& buffer = call_.buffer();
    const bool first = !exchange_.head_sent;
    bytes_ = tail_.take(buffer.view(), [&](std::string_view data) {
        if (exchange_.recording) exchange_.recording->add(data);
        if (exchange_.stream) return tally_.feed_events(data);
        whole_ = first && data.size() == call_.framing().bytes;
        if (whole_) return tally_.read(data);
        tally_.feed_answer(data);
    });
    if (first && bytes_ == 0 && !exchange_.stream && !tail_.done()) return {};
    http::Gather slices;
    if (first) slices.add(head_);
    const std::string_view body = buffer.view().substr(0, bytes_);
    if (reframes() && !body.empty()) {
        chunk_ = http::ChunkHead(bytes_);
        slices.add(chunk_.view());
        slices.add(body);
        slices.add(http::chunk_end);
    } else {
        slices.add(body);
    }
    exchange_.head_sent = true;
    return slices;
}

http::Gather Relay::end() {
    http::Gather slices;
    if (!exchange_.head_sent) slices.add(head_);
    if (reframes()) slices.add(http::last_chunk);
    exchange_.head_sent = true;
    return slices;
}

void Relay::finish() {
    if (!exchange_.stream && !whole_) tally_.finish_answer();
    if (exchange_.recording) exchange_.recording->end_answer();
    if (tally_.saw_error()) exchange_.upstream_ok = false;
    call_.finish();
}

std::optional<std::string> Relay::break_off(const std::string& why) {
    exchange_.keep_alive = false;
    exchange_.upstream_ok = false;
    exchange_.error = why;
    // Half an event would be taken for a whole one if anything came behind it.
    if (!exchange_.head_sent || !exchange_.stream || !tally_.between_events()) return std::nullopt;
    return tail_.rest_of_chunk();
}

/// References: they belong to relay's frame.
http::Task<void> write_waiting(Client& client, UpstreamCall& call, const http::Gather& slices) {
    const auto before = http::Sweep::now();
    co_await client.write(slices);
    call.extend_limit(http::Sweep::now() - before);  // the client's slowness is not the provider's
}

/// An event inside the stream; the body gets no end, so that it never looks complete.
http::Task<void> send_error_event(Worker& worker, Client& client, std::string before,
                                  std::string why) {
    client.deadline().expire_in(worker.shared().config.client.header_timeout);
    const std::string event = error_event(why);
    const http::ChunkHead chunk(event.size());
    http::Gather slices;
    if (!before.empty()) slices.add(before);
    slices.add(chunk.view());
    slices.add(event);
    slices.add(http::chunk_end);
    co_await client.write(std::move(slices));
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
    exchange.status = call.head().status();
    exchange.upstream_ok = true;
    if (exchange.stream) call.limit_each_read();
    Relay relay(worker, exchange, call);
    std::string fault;
    try {
        for (bool closed = false;;) {
            http::Gather slices = closed ? relay.end() : relay.next();
            client.write_now(slices);
            if (!slices.empty()) co_await write_waiting(client, call, slices);
            relay.sent();
            if (closed || relay.done()) break;
            bool more = false;
            if (!relay.failed()) more = co_await call.read();
            if (more) continue;
            closed = !relay.failed() && relay.may_end_here();
            if (closed) continue;
            fault = "the provider broke its answer off";
            break;
        }
    } catch (const Error& error) {
        if (!exchange.head_sent) throw;
        fault = error.what();  // told below: a catch block cannot await
    }
    exchange.upstream_end = http::Clock::now();
    if (fault.empty()) {
        relay.finish();
        co_return;
    }
    worker.shared().streams_cut.fetch_add(1, std::memory_order_relaxed);
    std::optional<std::string> before = relay.break_off(fault);
    if (!exchange.head_sent) throw Error(ErrorCode::unavailable, fault);
    if (before) co_await send_error_event(worker, client, *std::move(before), std::move(fault));
}

std::string error_event(std::string_view message) {
    std::string event;
    http::append_event(event, llm::to_json(own_error(502, std::string(message))), "error");
    return event;
}

}  // namespace sluice::gateway
