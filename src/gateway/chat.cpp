#include "gateway/chat.hpp"

#include "gateway/answer.hpp"
#include "gateway/edge.hpp"
#include "gateway/llm_request.hpp"
#include "gateway/plugin_http_codec.hpp"
#include "gateway/worker.hpp"
#include "llm/padding.hpp"

#include <sluice/error.hpp>

#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

using hooks::Phase;

constexpr std::size_t most_logged_input = 256 << 10;

}  // namespace

ChatCall::ChatCall(Worker& worker, Client& client, Exchange& exchange,
                   const http::RequestHead& head, ChatMemory& memory, Around around)
    : worker_(worker),
      client_(client),
      exchange_(exchange),
      head_(head),
      request_(memory.request),
      upstream_head_(memory.upstream_head) {
    if (around == Around::plugins) plugins_ = worker.plugins();
    if (plugins_)
        hooks_.emplace(*plugins_, exchange.request_id,
                       [&head](std::string_view name) { return head.find(name); });
}

bool ChatCall::takes_part(Phase phase) const noexcept {
    return hooks_ && hooks_->takes_part(phase);
}

http::Task<void> ChatCall::run() {
    request_.body = client_.buffer().view().substr(0, exchange_.body_bytes);
    if (const std::size_t most = worker_.shared().most_recorded(); most > 0)
        exchange_.recording = std::make_unique<Recording>(request_.body, most);
    bool goes_on = true;
    if (hooks_)
        goes_on = co_await run_hooks();
    else
        read_and_choose();
    if (!goes_on) co_return;
    exchange_.upstream_begin = http::Clock::now();
    if (must_collect())
        co_await attempt();
    else
        co_await try_provider();
    if (!outcome_) co_return;
    exchange_.upstream_end = http::Clock::now();
    exchange_.upstream_ok = std::holds_alternative<llm::ChatResponse>(*outcome_);
    co_await finish(*std::exchange(outcome_, std::nullopt));
}

http::Task<llm::Outcome> ChatCall::ask(std::string body) {
    asks_ = true;
    http_.emplace();  // in the place of a client's fields
    body_ = std::move(body);
    llm::pad(body_);
    request_.body = body_;
    read_and_choose();
    if (exchange_.stream)
        throw Error(ErrorCode::invalid_input,
                    "stream must be false: a plug-in is given the whole answer");
    exchange_.upstream_begin = http::Clock::now();
    co_await attempt();
    exchange_.upstream_end = http::Clock::now();
    if (auto* answer = std::get_if<llm::ChatResponse>(&*outcome_)) {
        exchange_.upstream_ok = true;
        llm::pad(answer->body);
        count_answer(*answer);
    }
    co_return *std::exchange(outcome_, std::nullopt);
}

/// Decides by what the client sent which plug-ins see the request in its HTTP phase. What cannot be
/// read or served has no model: it is refused behind that phase, where plug-ins may have mended it.
void ChatCall::select_plugins() {
    MatchSubject subject{.route = head_.path()};
    Choice choice;
    try {
        worker_.requests().read(request_.body, request_);
        choice = worker_.shared().providers.choose(request_.model);
        subject.model = choice.model;
        subject.provider = choice.provider->config.name;
    } catch (const Error&) {
        subject.model = {};
    }
    hooks_->select(subject);
}

http::Task<bool> ChatCall::run_hooks() {
    const std::string_view body = request_.body;
    if (hooks_->selective()) select_plugins();
    request_.body = body;
    if (auto answer = co_await run_http_pre()) {
        co_await send_answer(std::move(*answer));
        co_return false;
    }
    read_and_choose();
    if (hooks_->selective())
        hooks_->select({.route = head_.path(),
                        .provider = choice_.provider->config.name,
                        .model = choice_.model});
    if (takes_part(Phase::http_post) || takes_part(Phase::stream_chunk))
        if (!http_) http_ = http_request_data(head_, request_.body);
    if (!takes_part(Phase::pre)) co_return true;
    auto outcome = co_await run_pre();
    if (!outcome) co_return true;
    co_await finish(std::move(*outcome));
    co_return false;
}

void ChatCall::read_and_choose() {
    read_request();
    choose(worker_.shared().providers.choose(request_.model));
}

http::Task<std::optional<HttpResponseData>> ChatCall::run_http_pre() {
    const bool before = takes_part(Phase::http_pre);
    if (!before && !takes_part(Phase::http_post) && !takes_part(Phase::stream_chunk))
        co_return std::nullopt;
    http_ = http_request_data(head_, request_.body);
    if (!before) co_return std::nullopt;
    auto answer = co_await hooks_->http_pre(*http_);
    if (!answer && http_->body != request_.body) {
        body_ = http_->body;
        llm::pad(body_);
        request_.body = body_;
    }
    co_return answer;
}

void ChatCall::read_request() {
    worker_.requests().read(request_.body, request_);
    exchange_.stream = request_.stream;
    if (worker_.shared().logs_content() && request_.messages_slice.size() <= most_logged_input)
        exchange_.input = request_.messages_slice;
}

void ChatCall::choose(const Choice& choice) {
    choice_ = choice;
    exchange_.provider = choice.provider;
    exchange_.model = choice.model;
    choice_.model = exchange_.model;  // outlives what it was read from
}

http::Task<std::optional<llm::Outcome>> ChatCall::run_pre() {
    LlmRequestData data = llm_request_data(request_, choice_.provider->config.name, choice_.model);
    const std::string params = data.params;
    if (auto outcome = co_await hooks_->pre(data)) co_return outcome;
    const bool moved =
        data.provider != choice_.provider->config.name || data.model != choice_.model;
    if (!moved && data.params == params && data.input == request_.messages_slice)
        co_return std::nullopt;
    std::string body = rebuild_body(request_, data);
    llm::pad(body);
    body_ = std::move(body);
    request_.body = body_;
    const bool stream = request_.stream;
    read_request();
    request_.stream = exchange_.stream = stream;
    if (moved) choose(worker_.shared().providers.choose(data.provider, data.model));
    co_return std::nullopt;
}

/// A whole outcome goes through the post hooks to the client: as an answer, or as the one element
/// of a stream when the client asked for one.
http::Task<void> ChatCall::finish(llm::Outcome outcome) {
    if (takes_part(Phase::post)) co_await hooks_->post(outcome);
    auto* answer = std::get_if<llm::ChatResponse>(&outcome);
    if (answer == nullptr) {
        const llm::ApiError& error = std::get<llm::ApiError>(outcome);
        exchange_.error =
            error.message.empty() ? "the provider answered with an error" : error.message;
        http::Reply reply = error_reply(error);
        HttpResponseData data{.status = reply.status,
                              .headers = std::move(reply.headers),
                              .body = std::move(reply.body)};
        co_await send_answer(std::move(data));
        co_return;
    }
    llm::pad(answer->body);
    if (exchange_.stream) {
        std::vector<std::string> chunks{chunk_of_answer(answer->body)};
        MadeEvents source(worker_.executor(), std::move(chunks), std::chrono::milliseconds(0));
        co_await stream_events(source, head_of_stream(), PostHooks::have_run);
        co_return;
    }
    count_answer(*answer);
    provider_answer_.status = 200;
    provider_answer_.body = std::move(answer->body);
    if (provider_answer_.headers.empty())
        provider_answer_.headers.emplace_back("Content-Type", "application/json");
    HttpResponseData data = std::move(provider_answer_);
    co_await send_answer(std::move(data));
}

void ChatCall::count_answer(const llm::ChatResponse& answer) {
    Tally tally(worker_.answers(), exchange_,
                worker_.shared().logs_content() ? KeepText::yes : KeepText::no);
    tally.read(answer.body);
}

http::Task<void> ChatCall::send_answer(HttpResponseData answer) {
    if (takes_part(Phase::http_post) && !exchange_.stream && exchange_.provider != nullptr)
        co_await hooks_->http_post(*http_, answer);
    if (answer.status < 200 || answer.status > 599) answer.status = 500;
    if (answer.status >= 400 && exchange_.error.empty()) exchange_.error = "refused by a plug-in";
    http::Reply reply{.status = answer.status,
                      .headers = std::move(answer.headers),
                      .body = std::move(answer.body)};
    client_.deadline().expire_in(worker_.shared().config.client.idle_timeout);
    co_await send_reply(worker_, client_, exchange_, std::move(reply));
}

}  // namespace sluice::gateway
