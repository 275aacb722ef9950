#pragma once

#include "gateway/plugin_match.hpp"
#include "gateway/plugin_set.hpp"
#include "gateway/plugin_versions.hpp"
#include "http/asio_types.hpp"
#include "llm/outcome.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::gateway {

class Metrics;
class PluginTasks;
class ShadowRunner;

/// A request as HTTP hooks see it. Plain data: hooks may replace headers, query and body.
struct HttpRequestData {
    std::string method{};
    std::string path{};  ///< without the query
    std::vector<std::pair<std::string, std::string>> headers{};
    std::vector<std::pair<std::string, std::string>> query{};
    std::string body{};
};

/// A response as HTTP hooks see it, and what a short circuit answers.
struct HttpResponseData {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
};

/// What LLM hooks may replace. Raw JSON slices or texts; `params` is an object.
struct LlmRequestData {
    std::string provider{};
    std::string model{};
    std::string input{};      ///< the messages' array
    std::string params{};     ///< every other member but model, messages, stream, fallbacks
    std::string fallbacks{};  ///< array; may be empty
    bool stream = false;
};

/// What does for guests, and with their calls, what they cannot do on their own thread.
struct PluginSurroundings {
    PluginTasks* tasks = nullptr;
    ShadowRunner* shadows = nullptr;
};

/// One thread's instances of every plug-in of a set. Lifetime: outlives its requests' hooks.
class PluginRuntime {
  public:
    /// What `before` has of the same plug-ins, instances in use included, is taken over from it.
    /// `around` outlives it. What is missing there is refused: guests that wait for their host are
    /// told that there is nobody, and no call is shadowed.
    PluginRuntime(std::shared_ptr<const PluginSet> set, http::Executor executor, Metrics& metrics,
                  const PluginRuntime* before = nullptr, PluginSurroundings around = {});
    ~PluginRuntime();
    PluginRuntime(const PluginRuntime&) = delete;
    PluginRuntime& operator=(const PluginRuntime&) = delete;

    const PluginSet& set() const noexcept;
    struct State;
    State& state() noexcept { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

/// The plug-ins around one request: its context, who has run, and the rules of each phase (order,
/// merging, short circuits, errors). One a request, made only when the set has an active plug-in.
///
/// Every member runs guests on fibers: the thread serves others meanwhile. Cancelling the awaiting
/// coroutine stops the guest. Parameters by reference belong to the awaiting frame.
/// Source: the facts page of the gateway, sections 2.3 and 3.
class RequestHooks {
  public:
    /// Decides which version of each plug-in the request meets, for all of its hooks: by its id,
    /// and by `header` where a canary asks for one. Lifetime: `header` is asked now only.
    RequestHooks(PluginRuntime& runtime, std::string_view request_id, const HeaderOf& header = {});
    ~RequestHooks();
    RequestHooks(const RequestHooks&) = delete;
    RequestHooks& operator=(const RequestHooks&) = delete;

    /// Whether select() makes a difference: some plug-in sees some requests only.
    bool selective() const noexcept;
    /// Decides which plug-ins see the request from now on; all do before.
    void select(const MatchSubject& subject);
    /// Whether any plug-in that sees the request takes part in `phase`.
    bool takes_part(hooks::Phase phase) const noexcept;

    /// Forward. A value is the answer to send now: a short circuit, 500 with the plug-in's error
    /// text, or 409 when method or path were changed; no other hook runs after it.
    http::Task<std::optional<HttpResponseData>> http_pre(HttpRequestData& request);

    /// Forward, before each attempt. A value short-circuits the provider; run post() on it.
    http::Task<std::optional<llm::Outcome>> pre(LlmRequestData& request);

    /// Reverse over the plug-ins whose turn pre() reached. May replace, recover or invalidate.
    http::Task<void> post(llm::Outcome& outcome);

    /// What became of one chunk of a stream. Chunks come without SSE framing.
    enum class ChunkFate { send, drop, stop };

    /// post hooks on one chunk of a stream, before the chunk hooks (facts 3.3). The last chunk is
    /// marked in the context with `stream_end`.
    http::Task<ChunkFate> post_chunk(std::string& chunk);

    /// Reverse. `stop`: `chunk` then holds the error's text for the `event: error` frame.
    http::Task<ChunkFate> stream_chunk(const HttpRequestData& request, std::string& chunk);

    /// Reverse; not for streams. A failing hook is logged, the rest skipped, the response sent.
    http::Task<void> http_post(const HttpRequestData& request, HttpResponseData& response);

    /// The context as JSON; for tests and logs.
    std::string_view context_json() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::gateway
