#pragma once

#include "base/json_difference.hpp"
#include "gateway/metrics.hpp"
#include "gateway/plugin_chain.hpp"
#include "gateway/plugin_set.hpp"
#include "llm/chat_request.hpp"
#include "llm/openai/answer.hpp"
#include "store/recordings.hpp"
#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::app {

/// What one hook did to one recorded request.
struct ReplayStep {
    enum class Result : std::uint8_t {
        unchanged,
        changed,   ///< `places` say where; a dropped chunk or a stopped stream has a note
        answered,  ///< it answered in the provider's place; the note says what
        failed,    ///< a trap, a broken limit, an answer that cannot be read, an error of its own
    };
    hooks::Phase phase = hooks::Phase::http_pre;
    Result result = Result::unchanged;
    std::vector<JsonDifference> places{};
    std::string note{};
    std::chrono::nanoseconds spent{};
};

/// What became of one recorded request.
struct Replayed {
    std::vector<ReplayStep> steps{};
    std::string refused{};  ///< why the gateway would not send it to a provider; empty: it would
};

/// One plug-in that recorded requests are sent through, by the gateway's own rules, with no
/// provider behind it: hooks on answers see the recorded ones.
///
/// What it asks of its host, but for variables in memory, is refused. Calls are bounded by
/// processor time: a busy machine fails no plug-in.
/// Threads: one.
class ReplayRun {
  public:
    /// Blocks: compiles. Errors: \throws Error for what the gateway would refuse at its start.
    ReplayRun(const std::filesystem::path& file, std::string config_json);

    const hooks::HookPlugin& plugin() const noexcept { return *set_->plugins.front().plugin; }
    /// `request` holds a body: whoever calls leaves out those that were too large.
    Replayed run(const store::Recorded& request);

  private:
    class Pass;

    wasm::Engine engine_{};
    std::shared_ptr<const gateway::PluginSet> set_;
    gateway::Metrics metrics_{};
    boost::asio::io_context context_{1};
    std::optional<gateway::PluginRuntime> runtime_{};
    llm::ChatRequestReader requests_{};
    llm::openai::AnswerReader answers_{};
    std::uint64_t last_line_ = 0;  ///< of the plug-in's log
};

}  // namespace sluice::app
