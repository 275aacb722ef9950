#pragma once

#include "gateway/client.hpp"
#include "gateway/event_relay.hpp"
#include "gateway/exchange.hpp"
#include "gateway/plugin_chain.hpp"
#include "gateway/upstream_call.hpp"
#include "http/head.hpp"
#include "http/reply.hpp"
#include "llm/chat_request.hpp"
#include "llm/outcome.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

class Worker;

/// What one chat request after another of a connection uses again, for its memory.
struct ChatMemory {
    llm::ChatRequestView request{};
    std::string upstream_head{};
};

/// POST /v1/chat/completions: the way of one request through hooks and provider to its answer.
///
/// Order: http_pre, reading the body, pre, provider, post, http_post; in a stream post and chunk
/// hooks for each chunk. Where no plug-in takes part, nothing is built for it.
/// Lifetime: all that it is given outlives it; the body lies in front of the client's buffer.
class ChatCall {
  public:
    /// What runs around the provider's call.
    enum class Around { plugins, nothing };

    ChatCall(Worker& worker, Client& client, Exchange& exchange, const http::RequestHead& head,
             ChatMemory& memory, Around around = Around::plugins);

    /// Answers the request.
    /// Errors: \throws whatever went wrong before the answer began; a fault inside a stream was
    ///     told there. boost::system::system_error operation_aborted when nobody listens any more.
    http::Task<void> run();

    /// Asks the provider on behalf of somebody who is no client: nothing is sent to one, and none
    /// of its fields go on. For Around::nothing.
    /// Errors: as run(); invalid_input when `body` asks for a stream.
    http::Task<llm::Outcome> ask(std::string body);

  private:
    bool takes_part(hooks::Phase phase) const noexcept;
    /// The phases before the provider. False when one of them has answered.
    http::Task<bool> run_hooks();
    /// What the request looks like to HTTP hooks; the answer of one that short-circuits.
    http::Task<std::optional<HttpResponseData>> run_http_pre();
    void read_and_choose();
    void select_plugins();
    void read_request();
    void choose(const Choice& choice);
    http::Task<std::optional<llm::Outcome>> run_pre();
    http::Task<void> attempt();
    /// Leaves outcome_ empty when it has sent the answer itself.
    http::Task<void> try_provider();
    http::Task<void> call_mock();
    http::Task<void> call_upstream();
    http::Task<void> collect(UpstreamCall& call);
    http::Task<void> stream_from(UpstreamCall& call);
    /// Whether post hooks still have to look at what is sent.
    enum class PostHooks { to_run, have_run };
    http::Task<bool> stream_events(EventSource& source, std::string head, PostHooks post);
    http::Task<void> finish(llm::Outcome outcome);
    http::Task<void> send_answer(HttpResponseData answer);
    std::string head_of_stream() const;
    void drop_body();
    bool must_collect() const noexcept;
    void count_answer(const llm::ChatResponse& answer);

    Worker& worker_;
    Client& client_;
    Exchange& exchange_;
    const http::RequestHead& head_;
    std::shared_ptr<PluginRuntime> plugins_{};  ///< of the time when the request came
    std::optional<RequestHooks> hooks_{};
    std::optional<HttpRequestData> http_{};  ///< only where HTTP hooks take part
    bool asks_ = false;                      ///< ask(): the outcome is the caller's
    std::string body_{};                     ///< the body once a plug-in has changed it
    llm::ChatRequestView& request_;
    std::string& upstream_head_;
    Choice choice_{};
    std::optional<llm::Outcome> outcome_{};  ///< of the attempt; empty: it was sent already
    std::optional<UpstreamCall> upstream_{};
    HttpResponseData provider_answer_{};  ///< fields of a collected answer, for the client
};

}  // namespace sluice::gateway
