#include "app/replay_run.hpp"

#include "gateway/edge.hpp"
#include "gateway/llm_request.hpp"
#include "gateway/plugin_llm_codec.hpp"
#include "http/sse_parser.hpp"
#include "llm/padding.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>

#include <exception>
#include <utility>
#include <variant>

namespace sluice::app {
namespace {

namespace json = boost::json;
using gateway::HttpRequestData;
using gateway::HttpResponseData;
using hooks::Phase;
using Result = ReplayStep::Result;
using Steady = std::chrono::steady_clock;

/// What a call may take on the wall's clock. A compiler beside us must not fail a plug-in.
constexpr std::chrono::seconds busy_machine{10};

std::shared_ptr<const gateway::PluginSet> load(const wasm::Engine& engine,
                                               const std::filesystem::path& file,
                                               std::string config_json) {
    store::PluginConfig config{.name = file.stem().string(), .path = file};
    config.config_json = std::move(config_json);
    config.limits.timeout = busy_machine;
    config.limits.init_timeout = busy_machine;
    auto set = std::make_shared<gateway::PluginSet>();
    set->plugins.push_back(
        gateway::load_plugin(engine, wasm::ImageCache(wasm::ImageCache::default_folder()), config,
                             {.host = gateway::make_plugin_host()}));
    if (!set->plugins.front().plugin)
        throw Error(ErrorCode::invalid_input, set->plugins.front().failure());
    return set;
}

/// A body as hooks see it: JSON where it is, else text.
json::value read_body(std::string_view body) {
    boost::system::error_code unreadable;
    json::value read = json::parse(body, unreadable);
    return unreadable ? json::value(body) : read;
}

json::object members(const std::vector<std::pair<std::string, std::string>>& pairs) {
    json::object object;
    for (const auto& [name, value] : pairs) object[name] = value;
    return object;
}

json::value shown(const HttpRequestData& request) {
    return {{"headers", members(request.headers)},
            {"query", members(request.query)},
            {"body", read_body(request.body)}};
}

json::value shown(const HttpResponseData& response) {
    return {{"status", response.status},
            {"headers", members(response.headers)},
            {"body", read_body(response.body)}};
}

HttpResponseData response_of(const llm::Outcome& outcome) {
    if (const auto* error = std::get_if<llm::ApiError>(&outcome)) {
        http::Reply reply = gateway::error_reply(*error);
        return {.status = reply.status,
                .headers = std::move(reply.headers),
                .body = std::move(reply.body)};
    }
    return {.status = 200,
            .headers = {{"Content-Type", "application/json"}},
            .body = std::get<llm::ChatResponse>(outcome).body};
}

/// An outcome as post hooks see it.
json::value shown(const llm::Outcome& outcome) {
    const HttpResponseData response = response_of(outcome);
    return {{"status", response.status}, {"response", read_body(response.body)}};
}

std::string in_words(const HttpResponseData& answer) {
    return fmt::format("with status {}: {}", answer.status, answer.body);
}

}  // namespace

/// One recorded request on its way.
class ReplayRun::Pass {
  public:
    Pass(ReplayRun& run, const store::Recorded& request)
        : run_(run), request_(request), hooks_(*run.runtime_, request.id) {}

    http::Task<void> go();
    Replayed take() { return std::move(done_); }

  private:
    /// Each is false when the request goes no further.
    http::Task<bool> http_pre();
    bool read();
    http::Task<bool> pre();
    http::Task<void> answer();
    http::Task<void> finish(llm::Outcome outcome);
    http::Task<void> stream(std::string_view events);
    http::Task<bool> chunk(std::string data);

    void begin() { begin_ = Steady::now(); }
    /// Adds the step of a hook that began at begin(), whose result is not known yet.
    ReplayStep& end(Phase phase);
    void compare(ReplayStep& step, const json::value& before, const json::value& after);
    void note_fate(ReplayStep& step, gateway::RequestHooks::ChunkFate fate, std::string_view before,
                   std::string_view after);

    ReplayRun& run_;
    const store::Recorded& request_;
    gateway::RequestHooks hooks_;
    HttpRequestData http_{};
    llm::ChatRequestView view_{};
    std::optional<llm::Outcome> outcome_{};  ///< of a pre hook
    Replayed done_{};
    Steady::time_point begin_{};
};

ReplayStep& ReplayRun::Pass::end(Phase phase) {
    ReplayStep step{.phase = phase, .spent = Steady::now() - begin_};
    // A failure is data to the chain, which goes on by its rules; what it logs says why.
    for (const auto& line : run_.plugin().options().log_lines->after(run_.last_line_)) {
        run_.last_line_ = line.number;
        if (line.source != hooks::LogLines::Source::gateway) continue;
        step.result = Result::failed;
        step.note = line.text;
    }
    return done_.steps.emplace_back(std::move(step));
}

void ReplayRun::Pass::compare(ReplayStep& step, const json::value& before,
                              const json::value& after) {
    if (step.result == Result::failed) return;
    step.places = json_differences(before, after);
    if (!step.places.empty()) step.result = Result::changed;
}

http::Task<void> ReplayRun::Pass::go() {
    http_ = {.method = "POST",
             .path = "/v1/chat/completions",
             .headers = {{"Content-Type", "application/json"}},
             .body = request_.bodies.request};
    bool goes_on = co_await http_pre();
    if (!goes_on) co_return;
    if (!read()) co_return;
    goes_on = co_await pre();
    if (!goes_on) co_return;
    if (outcome_) {
        llm::Outcome outcome = *std::move(outcome_);
        co_await finish(std::move(outcome));
    } else {
        co_await answer();
    }
}

http::Task<bool> ReplayRun::Pass::http_pre() {
    if (!hooks_.takes_part(Phase::http_pre)) co_return true;
    const HttpRequestData before = http_;
    begin();
    const std::optional<HttpResponseData> now = co_await hooks_.http_pre(http_);
    ReplayStep& step = end(Phase::http_pre);
    if (now && step.result != Result::failed) {
        step.result = Result::answered;
        step.note = in_words(*now);
    } else if (!now) {
        compare(step, shown(before), shown(http_));
    }
    co_return !now;
}

bool ReplayRun::Pass::read() {
    try {
        llm::pad(http_.body);
        run_.requests_.read(http_.body, view_);
        return true;
    } catch (const Error& error) {  // the client's mistake, recorded with all others
        done_.refused = error.what();
        return false;
    }
}

http::Task<bool> ReplayRun::Pass::pre() {
    if (!hooks_.takes_part(Phase::pre)) co_return true;
    const llm::ModelName name = llm::split_model(view_.model, {request_.provider});
    gateway::LlmRequestData data = gateway::llm_request_data(view_, request_.provider, name.model);
    const std::string before = gateway::llm_request_json(data);
    begin();
    outcome_ = co_await hooks_.pre(data);
    ReplayStep& step = end(Phase::pre);
    const std::string after = gateway::llm_request_json(data);
    if (outcome_ && step.result != Result::failed) {
        step.result = Result::answered;
        step.note = in_words(response_of(*outcome_));
    } else if (!outcome_ && before != after) {
        compare(step, read_body(before), read_body(after));
    }
    co_return true;
}

http::Task<void> ReplayRun::Pass::answer() {
    const store::RecordedBodies& bodies = request_.bodies;
    if (bodies.answer_status == 0 || bodies.answer_too_large) co_return;
    if (bodies.answer_is_stream) {
        co_await stream(bodies.answer);
        co_return;
    }
    llm::Outcome outcome = llm::ChatResponse{.body = bodies.answer};
    if (bodies.answer_status / 100 != 2)
        outcome = run_.answers_.read_error(bodies.answer_status, bodies.answer);
    co_await finish(std::move(outcome));
}

/// A whole outcome: through the post hooks, and then as an answer or as the one chunk of a stream.
http::Task<void> ReplayRun::Pass::finish(llm::Outcome outcome) {
    if (hooks_.takes_part(Phase::post)) {
        const json::value before = shown(outcome);
        begin();
        co_await hooks_.post(outcome);
        compare(end(Phase::post), before, shown(outcome));
    }
    const auto* answer = std::get_if<llm::ChatResponse>(&outcome);
    if (view_.stream && answer != nullptr) {
        if (hooks_.takes_part(Phase::stream_chunk)) {
            std::string only = gateway::chunk_of_answer(answer->body);
            co_await chunk(std::move(only));
        }
        co_return;
    }
    if (view_.stream || !hooks_.takes_part(Phase::http_post)) co_return;
    HttpResponseData response = response_of(outcome);
    const json::value before = shown(response);
    begin();
    co_await hooks_.http_post(http_, response);
    compare(end(Phase::http_post), before, shown(response));
}

http::Task<void> ReplayRun::Pass::stream(std::string_view events) {
    http::SseParser parser(events.size() + 1);
    parser.feed(events);
    while (auto event = parser.next()) {
        if (event->data.empty() || event->data == "[DONE]") continue;
        std::string data = std::move(event->data);
        if (hooks_.takes_part(Phase::post)) {
            const std::string before = data;
            begin();
            const auto fate = co_await hooks_.post_chunk(data);
            note_fate(end(Phase::post), fate, before, data);
            if (fate == gateway::RequestHooks::ChunkFate::stop) co_return;
            if (fate == gateway::RequestHooks::ChunkFate::drop) continue;
        }
        if (!hooks_.takes_part(Phase::stream_chunk)) continue;
        const bool goes_on = co_await chunk(std::move(data));
        if (!goes_on) co_return;
    }
}

/// False when the hook stops the stream.
http::Task<bool> ReplayRun::Pass::chunk(std::string data) {
    llm::pad(data);
    const std::string before = data;
    begin();
    const auto fate = co_await hooks_.stream_chunk(http_, data);
    note_fate(end(Phase::stream_chunk), fate, before, data);
    co_return fate != gateway::RequestHooks::ChunkFate::stop;
}

void ReplayRun::Pass::note_fate(ReplayStep& step, gateway::RequestHooks::ChunkFate fate,
                                std::string_view before, std::string_view after) {
    using Fate = gateway::RequestHooks::ChunkFate;
    if (step.result == Result::failed) return;
    if (fate == Fate::send) {
        if (before != after) compare(step, read_body(before), read_body(after));
        return;
    }
    step.result = Result::changed;
    step.note = fate == Fate::drop ? fmt::format("drops {}", before)
                                   : fmt::format("ends the stream: {}", after);
}

ReplayRun::ReplayRun(const std::filesystem::path& file, std::string config_json)
    : set_(load(engine_, file, std::move(config_json))) {
    runtime_.emplace(set_, context_.get_executor(), metrics_);
}

Replayed ReplayRun::run(const store::Recorded& request) {
    Pass pass(*this, request);
    std::exception_ptr fault;
    boost::asio::co_spawn(context_.get_executor(), pass.go(),
                          [&fault](std::exception_ptr failed) { fault = std::move(failed); });
    context_.restart();
    context_.run();
    if (fault) std::rethrow_exception(fault);
    return pass.take();
}

}  // namespace sluice::app
