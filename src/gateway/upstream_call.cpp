#include "gateway/upstream_call.hpp"

#include "gateway/worker.hpp"
#include "http/connect.hpp"
#include "http/link_pool.hpp"
#include "http/request_checks.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr auto connect_limit = std::chrono::seconds(10);
/// An answer that is only looked at in passing needs no larger window.
constexpr std::size_t kept_buffer_bytes = 16 << 10;
constexpr std::size_t most_buffered = 64 << 20;

}  // namespace

UpstreamCall::UpstreamCall(Worker& worker, Client& client, const Provider& provider)
    : worker_(worker), client_(client), provider_(provider) {}

UpstreamCall::~UpstreamCall() {
    client_.awaits(static_cast<http::Link*>(nullptr));
}

void UpstreamCall::set_deadline() noexcept {
    if (each_read_)
        client_.deadline().expire_in(provider_.config.network.stream_idle_timeout);
    else
        client_.deadline().expire_at(limit_);
}

void UpstreamCall::fail(const http::error_code& error, std::string_view when) {
    if (error == http::asio::error::operation_aborted) {
        if (!client_.deadline().expired()) throw_cancelled();
        const store::NetworkConfig& network = provider_.config.network;
        throw Error(
            ErrorCode::timeout,
            each_read_
                ? fmt::format("provider {}: nothing came for {} s ({}); see "
                              "stream_idle_timeout_in_seconds",
                              provider_.config.name, network.stream_idle_timeout.count(), when)
                : fmt::format("provider {}: no answer within {} s ({}); see "
                              "default_request_timeout_in_seconds",
                              provider_.config.name, network.request_timeout.count(), when));
    }
    throw Error(ErrorCode::unavailable,
                fmt::format("provider {}: {}: {}", provider_.config.name, when,
                            error ? error.message() : "the connection was closed"));
}

http::Task<void> UpstreamCall::start(std::string_view head, llm::openai::BodySlices body) {
    limit_ = http::Sweep::now() + provider_.config.network.request_timeout;
    link_ = worker_.pool(provider_).take();
    for (;;) {
        const bool kept = link_ != nullptr;
        if (!kept) co_await connect();
        ++link_->served;
        link_->buffer().limit(most_buffered);
        client_.awaits(link_.get());
        set_deadline();
        http::Gather slices(head);
        for (std::size_t i = 0; i < body.count; ++i) slices.add(body.slices[i]);
        http::error_code error = http::write_now(*link_, slices);
        if (!error && !slices.empty()) error = co_await http::write_all(*link_, slices);
        if (error == http::asio::error::operation_aborted) fail(error, "sending the request");
        // A provider that refuses a request early closes its side of the body: its answer is there.
        if (!error || !kept) {
            http::HeadStatus status{};
            do status = co_await http::read_head(link_->head(), *link_, link_->buffer());
            while (status == http::HeadStatus::complete && link_->head().is_interim());
            if (has_answered(status, kept)) co_return;
        }
        client_.awaits(static_cast<http::Link*>(nullptr));
        link_.reset();
        worker_.shared().retries.fetch_add(1, std::memory_order_relaxed);
    }
}

http::Task<void> UpstreamCall::connect() {
    const http::Clock::duration left = limit_ - http::Sweep::now();
    client_.deadline().clear();  // connecting has its own limit
    try {
        link_ = co_await http::connect(provider_.target,
                                       std::min<http::Clock::duration>(left, connect_limit));
    } catch (const Error& error) {
        throw Error(error.code(),
                    fmt::format("provider {}: {}", provider_.config.name, error.what()));
    }
}

/// False when a kept link died before it answered.
bool UpstreamCall::has_answered(http::HeadStatus status, bool kept) {
    switch (status) {
        case http::HeadStatus::complete:
            break;
        case http::HeadStatus::closed:
            if (kept) return false;
            fail({}, "waiting for the answer");
        case http::HeadStatus::failed:
            if (kept && link_->buffer().empty() &&
                link_->head().error() != http::asio::error::operation_aborted)
                return false;
            fail(link_->head().error(), "waiting for the answer");
        case http::HeadStatus::cut_off:
            fail({}, "inside the answer's head");
        case http::HeadStatus::malformed:
        case http::HeadStatus::too_large:
        case http::HeadStatus::need_more:
            throw Error(ErrorCode::unavailable,
                        fmt::format("provider {}: no valid answer: {}", provider_.config.name,
                                    link_->head().problem()));
    }
    if (const auto why = http::refuse_ambiguous(link_->head()))
        throw Error(ErrorCode::unavailable,
                    fmt::format("provider {}: no valid answer: {}", provider_.config.name, *why));
    framing_ = http::body_framing(link_->head(), "POST");
    return true;
}

http::Task<bool> UpstreamCall::read() {
    set_deadline();
    const http::error_code error = co_await http::fill(*link_, link_->buffer());
    if (!error) co_return true;
    if (http::is_end_of_stream(error)) co_return false;
    if (error == http::asio::error::operation_aborted) fail(error, "inside the answer");
    broken_ = true;
    co_return false;
}

void UpstreamCall::finish() {
    client_.awaits(static_cast<http::Link*>(nullptr));
    client_.deadline().clear();
    if (!link_->head().keep_alive() || framing_.kind == http::BodyFraming::Kind::until_close)
        return;
    if (link_->buffer().empty() && link_->buffer().capacity() > kept_buffer_bytes)
        link_->buffer().release();
    worker_.pool(provider_).give(std::move(link_));
}

}  // namespace sluice::gateway
