#include "gateway/session.hpp"

#include "base/wall_clock.hpp"
#include "gateway/answer.hpp"
#include "gateway/edge.hpp"
#include "gateway/management_call.hpp"
#include "gateway/plugin_management.hpp"
#include "gateway/worker.hpp"
#include "http/body_reader.hpp"
#include "http/framing.hpp"
#include "http/listener.hpp"
#include "http/request_checks.hpp"

#include <fmt/format.h>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace sluice::gateway {

namespace {

/// Room for one more head behind a body of the greatest size: pipelined clients send both at once.
constexpr std::size_t head_room = 128 << 10;
/// What a request to a route that reads no body may bring along.
constexpr std::size_t ignored_body_bytes = 64 << 10;
/// A plug-in's entry of the configuration.
constexpr std::size_t change_bytes = 64 << 10;
constexpr std::size_t kept_buffer_bytes = 64 << 10;
constexpr auto linger_limit = std::chrono::seconds(2);

std::size_t most_buffered(const store::ClientConfig& client) {
    return std::max(client.max_request_body_bytes, client.max_header_bytes) + head_room;
}

}  // namespace

Session::Session(Worker& worker, http::Socket socket)
    : worker_(worker),
      client_(std::move(socket), worker.sweep(), most_buffered(worker.shared().config.client)) {}

void Session::cancel() {
    signal_.emit(http::asio::cancellation_type::terminal);
    http::error_code ignored;
    client_.socket().cancel(ignored);  // the watch's wait has no slot of its own
}

void Session::close_when_idle() {
    http::error_code ignored;
    // A request that is in the socket already was sent in good faith: it is served, then closed.
    if (!idle_ || client_.socket().available(ignored) > 0) return;
    client_.socket().cancel(ignored);
}

http::Task<void> Session::run() {
    for (;;) {
        if (!co_await read_head()) break;
        const After after = co_await serve();
        if (after == After::close) co_return;
        if (after == After::linger) break;
    }
    if (!linger_) co_return;
    client_.deadline().expire_in(linger_limit);
    co_await http::close_gently(client_.socket());
}

/// False when the connection is to be closed; what had to be answered was.
http::Task<bool> Session::read_head() {
    const store::ClientConfig& limits = worker_.shared().config.client;
    http::ReadBuffer& buffer = client_.buffer();
    idle_ = buffer.empty();
    client_.deadline().expire_in(idle_ && !first_ ? limits.idle_timeout : limits.header_timeout);
    for (;;) {
        const auto status = buffer.empty() ? http::HeadStatus::need_more
                                           : head_.parse(buffer, limits.max_header_bytes);
        if (status == http::HeadStatus::complete) break;
        if (status != http::HeadStatus::need_more) {
            const bool large = status == http::HeadStatus::too_large;
            co_await refuse_head(large ? 431 : 400, std::string(head_.problem()));
            co_return false;
        }
        if (idle_ && worker_.draining()) co_return false;
        const http::error_code error = co_await client_.watch().fill(buffer);
        if (error) {
            if (!idle_ && client_.deadline().expired())
                co_await refuse_head(408, "the request's head did not come in time");
            co_return false;
        }
        if (std::exchange(idle_, false)) client_.deadline().expire_in(limits.header_timeout);
    }
    idle_ = first_ = false;
    client_.deadline().clear();
    co_return true;
}

void Session::begin_exchange() {
    exchange_.clear();
    exchange_.begin = http::Clock::now();
    exchange_.timestamp_us = epoch_us();
    exchange_.method = head_.method();
    exchange_.route = find_route(head_.method(), head_.path());
    exchange_.is_http_1_0 = head_.version() == 10;
    exchange_.keep_alive = head_.keep_alive() && !worker_.draining();
    assign_request_id(exchange_.request_id, head_.find("x-request-id").value_or(std::string_view()),
                      worker_.random());
}

/// Answers the one request whose head has been read, whatever happens.
http::Task<Session::After> Session::serve() {
    begin_exchange();
    std::exception_ptr fault;
    try {
        bool wanted = has_whole_body();
        if (!wanted) wanted = co_await read_body();
        if (wanted && is_chat()) {
            client_.watch().start([this] { cancel(); });
            chat_.emplace(worker_, client_, exchange_, head_, chat_memory_);
            co_await chat_->run();
        } else if (wanted) {
            co_await manage();
        }
    } catch (const boost::system::system_error& error) {
        // Nobody is there to answer, and a cancelled coroutine cannot await: it only keeps count.
        exchange_.cancelled = error.code() == http::asio::error::operation_aborted;
        if (!exchange_.cancelled) fault = std::current_exception();
    } catch (...) {
        fault = std::current_exception();  // answered below: a catch block cannot await
    }
    chat_.reset();
    if (fault) co_await answer(std::move(fault));
    client_.watch().stop();
    worker_.record(exchange_);
    if (exchange_.cancelled) co_return After::close;
    client_.buffer().consume(exchange_.body_bytes);
    if (client_.buffer().capacity() > kept_buffer_bytes) client_.buffer().release();
    if (linger_) co_return After::linger;
    co_return exchange_.keep_alive && !worker_.draining() ? After::next_request : After::close;
}

/// Tells the client of a fault, as far as it can still be told.
http::Task<void> Session::answer(std::exception_ptr fault) {
    try {
        const llm::ApiError error = to_api_error(std::move(fault));
        exchange_.error = error.message;
        if (exchange_.head_sent) {
            exchange_.keep_alive = false;  // all that is left to say it is to close
            co_return;
        }
        client_.deadline().expire_in(worker_.shared().config.client.header_timeout);
        http::Reply reply = error_reply(error);
        co_await send_reply(worker_, client_, exchange_, std::move(reply));
    } catch (const boost::system::system_error&) {
        exchange_.cancelled = true;  // nobody is there any more; all that was started has ended
    }
}

/// Answers a request that is not served and closes the connection behind it.
http::Task<void> Session::refuse(int status, std::string message) {
    exchange_.keep_alive = false;
    linger_ = true;
    exchange_.error = message;
    client_.deadline().expire_in(linger_limit);
    http::Reply reply = error_reply(own_error(status, std::move(message)));
    co_await send_reply(worker_, client_, exchange_, std::move(reply));
}

/// The same before a whole head was there.
http::Task<void> Session::refuse_head(int status, std::string message) {
    exchange_.clear();
    exchange_.begin = http::Clock::now();
    assign_request_id(exchange_.request_id, {}, worker_.random());
    try {
        co_await refuse(status, std::move(message));
    } catch (const boost::system::system_error&) {
        exchange_.cancelled = true;
    }
    worker_.record(exchange_);
}

bool Session::is_chat() const noexcept {
    return exchange_.route.endpoint == Endpoint::chat_completions && exchange_.route.allow.empty();
}

bool Session::is_change() const noexcept {
    const Endpoint endpoint = exchange_.route.endpoint;
    return (endpoint == Endpoint::plugins || endpoint == Endpoint::plugin) &&
           exchange_.route.allow.empty() && changes_plugins(head_.method());
}

std::size_t Session::most_body_bytes() const noexcept {
    if (is_chat()) return worker_.shared().config.client.max_request_body_bytes;
    return is_change() ? change_bytes : ignored_body_bytes;
}

/// Whether the request is sound and its body came along with its head: the usual case, for which
/// nothing has to be awaited. Else read_body() says what is the matter.
bool Session::has_whole_body() {
    if (http::refuse_ambiguous(head_)) return false;
    const http::BodyFraming framing = http::body_framing(head_);
    if (framing.kind == http::BodyFraming::Kind::none) return true;
    const std::size_t there = std::min(client_.buffer().view().size(), most_body_bytes());
    if (framing.kind != http::BodyFraming::Kind::length || framing.bytes > there) return false;
    exchange_.body_bytes = static_cast<std::size_t>(framing.bytes);
    return true;
}

/// Puts the body at the front of the client's buffer. False when the request was refused.
http::Task<bool> Session::read_body() {
    if (const auto why = http::refuse_ambiguous(head_)) {
        co_await refuse(400, std::string(*why));
        co_return false;
    }
    const http::BodyFraming framing = http::body_framing(head_);
    if (framing.kind == http::BodyFraming::Kind::none) co_return true;
    const store::ClientConfig& limits = worker_.shared().config.client;
    const std::size_t limit = most_body_bytes();
    if (framing.kind == http::BodyFraming::Kind::length && framing.bytes > limit) {
        linger_ = true;
        exchange_.keep_alive = false;
        if (!is_chat() && !is_change())
            co_return true;  // a wrong path is worth more to the client than a 413
        co_await refuse(413, fmt::format("the body is larger than {} bytes", limit));
        co_return false;
    }
    http::BodyReader body(framing, limit);
    auto status = body.advance(client_.buffer());
    if (status == http::BodyStatus::need_more) {
        if (head_.expects_continue()) {
            http::Gather go_on("HTTP/1.1 100 Continue\r\n\r\n");
            co_await client_.write(std::move(go_on));
        }
        status = co_await http::read_body(client_.watch(), client_.buffer(), body,
                                          client_.deadline(), limits.header_timeout);
        if (status == http::BodyStatus::complete) client_.deadline().clear();
    }
    co_return co_await body_is_complete(status, body, limit);
}

http::Task<bool> Session::body_is_complete(http::BodyStatus status, const http::BodyReader& body,
                                           std::size_t limit) {
    switch (status) {
        case http::BodyStatus::complete:
            exchange_.body_bytes = body.bytes();
            co_return true;
        case http::BodyStatus::too_large:
            co_await refuse(413, fmt::format("the body is larger than {} bytes", limit));
            co_return false;
        case http::BodyStatus::malformed:
            co_await refuse(400, std::string(body.problem()));
            co_return false;
        case http::BodyStatus::failed:
            if (!client_.deadline().expired()) throw_cancelled();
            co_await refuse(408, "the request's body did not come in time");
            co_return false;
        case http::BodyStatus::cut_off:
        case http::BodyStatus::need_more:
            break;
    }
    throw_cancelled();
}

http::Task<void> Session::manage() {
    ManagementCall call(worker_, exchange_, head_,
                        client_.buffer().view().substr(0, exchange_.body_bytes));
    http::Reply reply = co_await call.reply();
    exchange_.error = reply.status < 400 ? std::string() : "refused";
    co_await send_reply(worker_, client_, exchange_, std::move(reply));
}

}  // namespace sluice::gateway
