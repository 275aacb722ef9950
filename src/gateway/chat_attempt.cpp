#include "gateway/chat.hpp"

#include "gateway/edge.hpp"
#include "gateway/relay.hpp"
#include "gateway/upstream_head.hpp"
#include "gateway/worker.hpp"
#include "http/body_reader.hpp"
#include "llm/mock/mock.hpp"
#include "llm/openai/request.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <charconv>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

using hooks::Phase;

/// A hooked or failed answer is held as a whole; more than this is no chat.
constexpr std::size_t most_collected = 32 << 20;

bool is_event_stream(const http::ResponseHead& head) {
    const auto type = head.find(http::FieldId::content_type);
    constexpr std::string_view wanted = "text/event-stream";
    return type && type->size() >= wanted.size() &&
           http::equal_ignoring_case(type->substr(0, wanted.size()), wanted);
}

/// Only the form in seconds; a date would need the provider's clock to be right.
std::optional<std::chrono::seconds> retry_after(const http::ResponseHead& head) {
    const auto text = head.find(http::FieldId::retry_after);
    if (!text) return {};
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text->begin(), text->end(), seconds);
    if (error != std::errc() || end != text->end() || seconds < 0) return {};
    return std::chrono::seconds(seconds);
}

/// Keeps what the mock answers as a provider would have sent it.
void record_made(Recording* recording, const llm::Outcome& outcome) {
    if (recording == nullptr) return;
    if (const auto* error = std::get_if<llm::ApiError>(&outcome))
        recording->keep_answer(error->status, llm::to_json(*error));
    else
        recording->keep_answer(200, std::get<llm::ChatResponse>(outcome).body);
}

}  // namespace

/// try_provider(), where post hooks may look at what fails before the answer has begun.
http::Task<void> ChatCall::attempt() {
    try {
        co_await try_provider();
    } catch (const Error&) {
        if (exchange_.head_sent) throw;
        outcome_ = to_api_error(std::current_exception());
    }
}

http::Task<void> ChatCall::try_provider() {
    if (choice_.provider->in_process) return call_mock();
    return call_upstream();
}

http::Task<void> ChatCall::call_mock() {
    const Provider& provider = *choice_.provider;
    const auto delay = provider.config.mock.delay;
    if (delay.count() > 0 && !exchange_.stream) {
        http::Timer timer(worker_.executor(), delay);
        co_await timer.async_wait(http::use_task);
    }
    if (auto error = worker_.shared().failures[provider.index]->next()) {
        outcome_ = std::move(*error);
        record_made(exchange_.recording.get(), *outcome_);
        co_return;
    }
    std::string scratch;
    const std::string body = llm::openai::upstream_body(request_, choice_.model, scratch).joined();
    if (!exchange_.stream) {
        outcome_ = llm::mock::answer(body);
        record_made(exchange_.recording.get(), *outcome_);
        co_return;
    }
    auto chunks = llm::mock::answer_in_chunks(body);
    if (auto* error = std::get_if<llm::ApiError>(&chunks)) {
        outcome_ = std::move(*error);
        record_made(exchange_.recording.get(), *outcome_);
        co_return;
    }
    drop_body();
    MadeEvents source(worker_.executor(), std::get<0>(std::move(chunks)), delay);
    exchange_.upstream_ok = true;
    co_await stream_events(source, head_of_stream(), PostHooks::to_run);
}

bool ChatCall::must_collect() const noexcept {
    return asks_ || takes_part(Phase::post) || takes_part(Phase::http_post);
}

http::Task<void> ChatCall::call_upstream() {
    std::string scratch;
    const llm::openai::BodySlices body =
        llm::openai::upstream_body(request_, choice_.model, scratch);
    if (http_)
        assign_upstream_head(upstream_head_, choice_, *http_, exchange_.request_id, body.bytes());
    else
        assign_upstream_head(upstream_head_, choice_, head_, exchange_.request_id, body.bytes());
    UpstreamCall& call = upstream_.emplace(worker_, client_, *choice_.provider);
    co_await call.start(upstream_head_, body);
    const http::ResponseHead& answer = call.head();
    const bool streams = exchange_.stream && is_event_stream(answer);
    const bool unchunks =
        exchange_.is_http_1_0 && call.framing().kind == http::BodyFraming::Kind::chunked;
    if (answer.status() / 100 != 2 ||
        (!streams && (exchange_.stream || must_collect() || unchunks))) {
        co_await collect(call);
        co_return;
    }
    drop_body();
    if (streams && (unchunks || takes_part(Phase::post) || takes_part(Phase::stream_chunk)))
        co_await stream_from(call);
    else
        co_await relay(worker_, client_, exchange_, call);
}

/// The whole answer as data.
http::Task<void> ChatCall::collect(UpstreamCall& call) {
    http::BodyReader body(call.framing(), most_collected);
    auto status = body.advance(call.buffer());
    while (status == http::BodyStatus::need_more) {
        const bool more = co_await call.read();
        status = more            ? body.advance(call.buffer())
                 : call.broken() ? http::BodyStatus::cut_off
                                 : body.close(call.buffer());
    }
    if (status != http::BodyStatus::complete)
        throw Error(ErrorCode::unavailable,
                    fmt::format("provider {}: {}", choice_.provider->config.name,
                                status == http::BodyStatus::cut_off
                                    ? std::string_view("broke its answer off")
                                    : std::string_view("sent an answer that cannot be read")));
    const std::string_view text = call.buffer().view().substr(0, body.bytes());
    const http::ResponseHead& head = call.head();
    if (exchange_.recording) exchange_.recording->keep_answer(head.status(), text);
    provider_answer_.status = head.status();
    for (const http::Field& field : head.fields())
        if (is_for_client(head, field) && !http::equal_ignoring_case(field.name, "x-request-id"))
            provider_answer_.headers.emplace_back(field.name, field.value);
    if (head.status() / 100 == 2)
        outcome_ =
            llm::ChatResponse{.body = std::string(text),
                              .usage = worker_.answers().read(text).usage.value_or(llm::Usage())};
    else
        outcome_ = worker_.answers().read_error(head.status(), text, retry_after(head));
    call.buffer().consume(body.bytes());
    call.finish();
}

/// Event by event, because somebody looks at them.
http::Task<void> ChatCall::stream_from(UpstreamCall& call) {
    UpstreamEvents source(call);
    call.limit_each_read();
    exchange_.upstream_ok = true;
    exchange_.status = call.head().status();
    const auto framing =
        exchange_.is_http_1_0 ? ClientFraming::until_close : ClientFraming::chunked;
    if (exchange_.is_http_1_0) exchange_.keep_alive = false;
    const bool whole = co_await stream_events(
        source, answer_head(call.head(), exchange_, framing, 0), PostHooks::to_run);
    if (whole) call.finish();
}

http::Task<bool> ChatCall::stream_events(EventSource& source, std::string head, PostHooks post) {
    ChunkHooks hooks{.hooks = hooks_ ? &*hooks_ : nullptr,
                     .request = takes_part(Phase::stream_chunk) ? &*http_ : nullptr,
                     .post = post == PostHooks::to_run && takes_part(Phase::post)};
    if (post == PostHooks::to_run) hooks.recording = exchange_.recording.get();
    exchange_.status = exchange_.status == 0 ? 200 : exchange_.status;
    EventRelay relay(worker_, client_, exchange_, hooks);
    co_return co_await relay.run(source, head);
}

std::string ChatCall::head_of_stream() const {
    std::string head;
    http::append_status_line(head, 200);
    head += "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n";
    http::append_field(head, "Date", worker_.date());
    http::append_field(head, "x-request-id", exchange_.request_id);
    if (!exchange_.is_http_1_0) head += "Transfer-Encoding: chunked\r\n";
    if (!exchange_.keep_alive || exchange_.is_http_1_0) {
        exchange_.keep_alive = false;
        head += "Connection: close\r\n";
    }
    head += "\r\n";
    return head;
}

/// A stream's client needs no buffer while it listens; what the body says was read before.
void ChatCall::drop_body() {
    if (!exchange_.stream) return;
    client_.buffer().consume(std::exchange(exchange_.body_bytes, 0));
    if (client_.buffer().empty()) client_.buffer().release();
    request_ = llm::ChatRequestView();
    body_ = std::string();
}

}  // namespace sluice::gateway
