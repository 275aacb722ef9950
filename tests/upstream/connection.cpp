#include "connection.hpp"

#include "answers.hpp"

#include <fmt/format.h>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::upstream {

namespace asio = http::asio;

namespace {

/// The event of one chunk in a chunk of which a hundred bytes are still to come.
std::string chunk_that_promises_more(std::string_view chunk) {
    const std::size_t begin = chunk.find("\r\n") + 2;
    const std::string_view event = chunk.substr(begin, chunk.rfind("\r\n") - begin);
    return fmt::format("{:x}\r\n{}", event.size() + 100, event);
}

}  // namespace

Connection::Connection(http::Socket socket, Board& board)
    : socket_(std::move(socket)),
      board_(board),
      timer_(std::make_shared<http::Timer>(socket_.get_executor())) {
    http::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
}

http::Task<void> Connection::run() {
    const auto self = shared_from_this();
    board_.count(&Counters::connections);
    board_.count(&Counters::open);
    while (open_) {
        const auto request = co_await read();
        if (!request) break;
        const std::size_t used = request->text.size();
        answering_ = true;
        if (request->target.starts_with("/control/"))
            co_await answer_control(*request);
        else
            co_await answer(*request);
        answering_ = false;
        buffer_.erase(0, used);
    }
    close();
    board_.count(&Counters::open, -1);
}

/// The next request, whole; nothing when the client went away instead.
http::Task<std::optional<Request>> Connection::read() {
    for (std::size_t missing = 0;;) {
        const auto request = first_request(buffer_, missing);
        if (request) co_return request;
        const std::size_t had = buffer_.size();
        buffer_.resize(had + std::max<std::size_t>(missing, 4'096));
        http::error_code error;
        const std::size_t count = co_await socket_.async_read_some(
            asio::buffer(buffer_.data() + had, buffer_.size() - had),
            asio::redirect_error(http::use_task, error));
        buffer_.resize(had + count);
        if (error) co_return std::nullopt;
    }
}

http::Task<void> Connection::answer(Request request) {
    board_.last_request.assign(request.text);
    if (request.method == "GET" && request.target == "/v1/models") {
        board_.count(&Counters::requests);
        co_await send(model_list());
        co_return;
    }
    Prepared& prepared = board_.prepared(model_of(request.body));
    const bool stream = is_true(request.body, "\"stream\"") && prepared.behaviour.status < 400 &&
                        prepared.behaviour.wrong.empty();
    const bool immediate =
        !stream && prepared.behaviour.immediate() && !wants_tool_call(request.body);
    if (immediate && prepared.answer.empty()) {
        const PlainAnswer made = plain_answer(prepared.behaviour, request);
        prepared.answer = made.head + made.body;
    }
    board_.count(&Counters::requests);
    const Behaviour behaviour = immediate ? Behaviour() : prepared.behaviour;
    if (immediate)
        co_await send(prepared.answer);
    else if (stream)
        co_await answer_stream(request, behaviour);
    else
        co_await answer_plain(request, behaviour);
    if (!gone_) board_.count(&Counters::answered);
    if (behaviour.stale || behaviour.close || behaviour.framing == Framing::until_close) close();
}

http::Task<void> Connection::answer_plain(Request request, const Behaviour& behaviour) {
    watch();
    co_await pause(behaviour.delay);
    if (!behaviour.gate.empty()) co_await pass(behaviour.gate);
    if (behaviour.silent) co_await wait_until_gone();
    if (behaviour.cut == Cut::before_head) close();
    if (!open_ || gone_) co_return;

    const PlainAnswer answer = plain_answer(behaviour, request);
    if (behaviour.pieces == 1 && behaviour.cut == Cut::nowhere) {
        const std::string whole = answer.head + answer.body;
        co_await send(whole);
        co_return;
    }
    co_await send(answer.head);
    const std::size_t pieces = std::max(behaviour.pieces, behaviour.cut == Cut::nowhere ? 1U : 2U);
    const std::size_t size = answer.body.size() / pieces + 1;
    for (std::size_t at = 0; at < answer.body.size() && open_ && !gone_; at += size) {
        if (at > 0) co_await pause(behaviour.interval);
        if (at > 0 && behaviour.cut == Cut::inside_body) co_return close();
        co_await send(std::string_view(answer.body).substr(at, size));
    }
}

http::Task<void> Connection::answer_stream(Request request, const Behaviour& behaviour) {
    watch();
    co_await pause(behaviour.delay);
    if (behaviour.silent) co_await wait_until_gone();
    if (behaviour.cut == Cut::before_head) close();
    if (!open_ || gone_) co_return;

    const std::string head = stream_head(behaviour);
    std::vector<std::string> events = stream_events(behaviour, request);
    if (behaviour.burst) {
        std::string all = head;
        for (const std::string& event : events) all += event;
        all += final_chunk;
        co_await send(all);
        co_return;
    }
    co_await send(head);
    for (std::size_t number = 0; number < events.size() && open_ && !gone_; ++number) {
        if (number > 0) co_await pause(behaviour.interval);
        if (!behaviour.gate.empty() && number == behaviour.gate_after)
            co_await pass(behaviour.gate);
        if (behaviour.stamp) stamp(events[number]);
        if (number + 1 == events.size()) events[number] += final_chunk;
        if (behaviour.cut == Cut::inside_body && number == behaviour.cut_after) {
            co_await send(std::string_view(events[number]).substr(0, events[number].size() / 2));
            co_return close();
        }
        if (behaviour.cut == Cut::inside_chunk && number == behaviour.cut_after) {
            const std::string part = chunk_that_promises_more(events[number]);
            co_await send(part);
            co_return close();
        }
        co_await send(events[number]);
    }
}

/// `/control/stats`, `/control/last`, `/control/open?GATE`, `/control/wait?COUNTER=N` (answers once
/// the counter has reached N; `open` waits until it has come down to N, this connection included).
http::Task<void> Connection::answer_control(Request request) {
    const std::string target(request.target);
    const std::string argument = target.substr(std::min(target.size(), target.find('?') + 1));
    if (target == "/control/last") co_return co_await send(text_answer(board_.last_request));
    if (target.starts_with("/control/open?")) board_.open(argument);
    if (target.starts_with("/control/wait?")) {
        watch();
        const auto equals = argument.find('=');
        const std::string name = argument.substr(0, equals);
        std::uint64_t wanted = 0;
        std::from_chars(argument.data() + equals + 1, argument.data() + argument.size(), wanted);
        std::function<bool()> done = [this, name, wanted] {
            const Counters& now = board_.counters;
            if (name == "open") return now.open <= wanted;
            return (name == "requests"       ? now.requests
                    : name == "answered"     ? now.answered
                    : name == "closed_early" ? now.closed_early
                                             : now.connections) >= wanted;
        };
        co_await board_.wait_for_counters(std::move(done));
    }
    const std::string answer = json_answer(200, board_.stats());
    co_await send(answer);
}

http::Task<void> Connection::send(std::string_view bytes) {
    http::error_code error;
    const std::size_t sent = socket_.write_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block || (!error && sent < bytes.size())) {
        bytes.remove_prefix(sent);
        co_await asio::async_write(socket_, asio::buffer(bytes),
                                   asio::redirect_error(http::use_task, error));
    }
    if (error) note_gone();
}

http::Task<void> Connection::sleep() {
    http::error_code woken;
    co_await timer_->async_wait(asio::redirect_error(http::use_task, woken));
}

http::Task<void> Connection::pause(std::chrono::milliseconds duration) {
    if (duration.count() == 0 || gone_) co_return;
    timer_->expires_after(duration);
    co_await sleep();
}

http::Task<void> Connection::pass(const std::string& gate) {
    while (!board_.is_open(gate) && !gone_) {
        timer_->expires_at(http::Clock::time_point::max());
        board_.gate_signal(gate).add(timer_);
        co_await sleep();
    }
}

http::Task<void> Connection::wait_until_gone() {
    while (!gone_) {
        timer_->expires_at(http::Clock::time_point::max());
        co_await sleep();
    }
}

/// Notices a client that closes while its answer is under way, and wakes whoever pauses.
void Connection::watch() {
    if (watching_ || gone_) return;
    watching_ = true;
    socket_.async_wait(
        http::Socket::wait_read, [self = shared_from_this()](http::error_code error) {
            self->watching_ = false;
            if (error == asio::error::operation_aborted) return;
            char byte = 0;
            http::error_code peeked;
            const auto flags = asio::socket_base::message_peek;
            const std::size_t count = self->socket_.receive(asio::buffer(&byte, 1), flags, peeked);
            if (peeked == asio::error::would_block) {
                if (self->answering_) self->watch();  // woken by bytes that were read meanwhile
            } else if (count == 0) {
                self->note_gone();
            }
        });
}

void Connection::note_gone() {
    if (gone_ || !open_ || !answering_) return;
    gone_ = true;
    board_.count(&Counters::closed_early);
    timer_->cancel();
}

void Connection::close() {
    open_ = false;
    http::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    socket_.close(ignored);
}

}  // namespace sluice::upstream
