#pragma once

#include "gateway/client.hpp"
#include "gateway/providers.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"
#include "http/link.hpp"
#include "llm/openai/request.hpp"

#include <memory>
#include <string_view>

namespace sluice::gateway {

class Worker;

/// One request to a provider and the beginning of its answer.
///
/// Takes a kept link where there is one and tries once more on a fresh one when the kept one dies
/// before the first byte of an answer.
/// Lifetime: worker and client outlive it. Destroyed before finish() it closes the link.
class UpstreamCall {
  public:
    UpstreamCall(Worker& worker, Client& client, const Provider& provider);
    ~UpstreamCall();
    UpstreamCall(const UpstreamCall&) = delete;
    UpstreamCall& operator=(const UpstreamCall&) = delete;

    /// Sends head and body and reads the answer's head; afterwards link().buffer() begins with the
    /// answer's body. From here until the answer's end at most the provider's request_timeout goes
    /// by, unless limit_each_read() says otherwise. `head` and `body` belong to the awaiting frame.
    /// Errors: \throws Error timeout or unavailable, naming the provider;
    ///     boost::system::system_error operation_aborted when the session was cancelled.
    http::Task<void> start(std::string_view head, llm::openai::BodySlices body);

    /// Lifetime: until finish().
    const http::ResponseHead& head() const noexcept { return link_->head(); }
    http::BodyFraming framing() const noexcept { return framing_; }
    http::ReadBuffer& buffer() noexcept { return link_->buffer(); }

    /// For streams: no limit on the whole, `stream_idle_timeout` on each read.
    void limit_each_read() noexcept { each_read_ = true; }
    /// Gives back time that somebody else took.
    void extend_limit(http::Clock::duration by) noexcept { limit_ += by; }

    /// One more read into buffer(). False when the provider has closed, or broken() is true.
    /// Errors: as start().
    http::Task<bool> read();

    /// Whether the connection ended by a fault: then a body that ends with it is not whole.
    bool broken() const noexcept { return broken_; }

    /// The answer was read to its end: keeps the link for another request when that is possible.
    void finish();

  private:
    http::Task<void> connect();
    bool has_answered(http::HeadStatus status, bool kept);
    void set_deadline() noexcept;
    [[noreturn]] void fail(const http::error_code& error, std::string_view when);

    Worker& worker_;
    Client& client_;
    const Provider& provider_;
    std::unique_ptr<http::Link> link_{};
    http::BodyFraming framing_{};
    http::Clock::time_point limit_{};
    bool each_read_ = false;
    bool broken_ = false;
};

}  // namespace sluice::gateway
