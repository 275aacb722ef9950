#include "gateway/worker.hpp"

#include "base/random.hpp"
#include "gateway/edge.hpp"
#include "gateway/session.hpp"
#include "http/listener.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::gateway {

namespace {

/// Rows are handed over in small batches: larger ones make the writer stand in the way of the
/// request that follows.
constexpr std::size_t rows_at_once = 32;
/// Larger recorded bodies go at once to the writer, whose queue has a bound in bytes.
constexpr std::size_t most_waiting_body = 64 << 10;
constexpr std::size_t most_series = 1024;
constexpr std::size_t most_turned_away_gently = 64;
constexpr auto descriptor_pause = std::chrono::milliseconds(100);
constexpr auto turn_away_limit = std::chrono::seconds(2);

/// The end of a thread root: cancelled means finished, anything else is a fault of ours.
void report(const char* what, std::exception_ptr fault) {
    if (!fault) return;
    try {
        std::rethrow_exception(std::move(fault));
    } catch (const boost::system::system_error& error) {
        if (error.code() != boost::asio::error::operation_aborted)
            spdlog::warn("{}: {}", what, error.what());
    } catch (const std::exception& error) {
        spdlog::error("{}: {}", what, error.what());
    }
}

bool any_active(const PluginSet& set) {
    return std::ranges::any_of(hooks::all_phases,
                               [&](hooks::Phase phase) { return set.any(phase); });
}

double milliseconds(http::Clock::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

Worker::Worker(Shared& shared)
    : shared_(shared), sweep_(executor()), plugin_tasks_(*this), random_(seeded_random()) {
    for (const Provider& provider : shared_.providers.all())
        pools_.push_back(std::make_unique<http::LinkPool>(provider.target));
    sweep_.each_tick([this](http::Clock::time_point now) {
        plugins();  // an idle thread lets go of old ones too
        for (const auto& pool : pools_) pool->drop_aged(now);
        plugin_tasks_.drop_aged(now);
        flush_rows();
    });
}

Worker::~Worker() = default;

void Worker::use_new_plugins() {
    // In this order: a set that is newer than its number is only looked at twice.
    plugins_version_ = shared_.plugins.version();
    auto set = shared_.plugins.set();
    std::shared_ptr<PluginRuntime> next;
    if (any_active(*set))
        next = std::make_shared<PluginRuntime>(
            std::move(set), executor(), shared_.metrics, plugins_.get(),
            PluginSurroundings{.tasks = &plugin_tasks_, .shadows = &shared_.shadows});
    plugins_ = std::move(next);
}

void Worker::serve(http::Acceptor acceptor) {
    acceptor_ = std::make_unique<http::Acceptor>(std::move(acceptor));
    sweep_.start();
    http::asio::co_spawn(executor(), accept_all(),
                         [](std::exception_ptr fault) { report("accept", std::move(fault)); });
}

void Worker::run() {
    context_.run();
    flush_rows();
}

http::Task<void> Worker::accept_all() {
    http::Timer pause(executor());
    while (!draining_) {
        http::error_code error;
        http::Socket socket = co_await http::accept(*acceptor_, error);
        if (draining_) co_return;
        if (http::is_out_of_descriptors(error)) {
            pause.expires_after(descriptor_pause);
            co_await pause.async_wait(http::use_task);
            continue;
        }
        if (error) continue;  // the client gave up between the handshake and here
        if (shared_.connections.load(std::memory_order_relaxed) <
            shared_.config.client.max_connections) {
            start_session(std::move(socket));
            continue;
        }
        shared_.refused_connections.fetch_add(1, std::memory_order_relaxed);
        if (turning_away_ >= most_turned_away_gently) continue;
        ++turning_away_;
        http::asio::co_spawn(executor(), turn_away(std::move(socket)),
                             [this](std::exception_ptr fault) {
                                 --turning_away_;
                                 report("refusing a connection", std::move(fault));
                                 finish_when_empty();
                             });
    }
}

http::Task<void> Worker::turn_away(http::Socket socket) {
    http::Reply reply = error_reply(own_error(503, "too many connections; try again later"));
    reply.headers.emplace_back("Retry-After", "1");
    http::ReplyOptions options{.connection = http::Connection::close, .date = date()};
    std::string text;
    http::append_head(text, reply, options);
    text += reply.body;
    http::Gather slices(text);
    http::write_now(socket, slices);
    http::Deadline deadline(sweep_, [&socket] {
        http::error_code ignored;
        socket.cancel(ignored);
    });
    deadline.expire_in(turn_away_limit);
    co_await http::close_gently(socket, 64 << 10);
}

void Worker::start_session(http::Socket socket) {
    const auto session = std::make_shared<Session>(*this, std::move(socket));
    sessions_.insert(session.get());
    shared_.connections.fetch_add(1, std::memory_order_relaxed);
    http::asio::co_spawn(executor(), session->run(),
                         http::asio::bind_cancellation_slot(
                             session->cancellation(), [this, session](std::exception_ptr fault) {
                                 remove(*session);
                                 report("session", std::move(fault));
                             }));
}

void Worker::remove(Session& session) {
    sessions_.erase(&session);
    shared_.connections.fetch_sub(1, std::memory_order_relaxed);
    finish_when_empty();
}

void Worker::drain() {
    if (std::exchange(draining_, true)) return;
    http::error_code ignored;
    if (acceptor_) acceptor_->close(ignored);
    for (Session* session : sessions_) session->close_when_idle();
    finish_when_empty();
}

void Worker::cancel_all() {
    // A session that ends removes itself, but never inside cancel(): handlers are posted.
    for (Session* session : sessions_) session->cancel();
}

void Worker::finish_when_empty() {
    if (!draining_ || !sessions_.empty() || turning_away_ > 0) return;
    for (const auto& pool : pools_) pool->clear();
    sweep_.stop();
}

void Worker::flush_rows() {
    if (!rows_.empty() && shared_.log) shared_.log->write(rows_);
}

Metrics::Route& Worker::route_series(const Exchange& exchange) {
    constexpr int statuses = 1000;
    constexpr std::array<std::string_view, 5> methods{"GET", "POST", "PUT", "DELETE", "other"};
    const auto known = std::find(methods.begin(), methods.end() - 1, exchange.method);
    const int endpoint = static_cast<int>(exchange.route.endpoint);
    const int method = static_cast<int>(known - methods.begin());
    const int key =
        ((endpoint * static_cast<int>(methods.size())) + method) * statuses + exchange.status;
    Metrics::Route*& series = route_series_[key];
    if (series == nullptr)
        series = &shared_.metrics.route(exchange.route.label, *known, exchange.status);
    return *series;
}

Metrics::Upstream& Worker::upstream_series(const Exchange& exchange) {
    const std::string& provider = exchange.provider->config.name;
    series_key_.assign(provider).append("/").append(exchange.model);
    if (const auto found = upstream_series_.find(series_key_); found != upstream_series_.end())
        return *found->second;
    Metrics::Upstream& series = shared_.metrics.upstream(provider, exchange.model);
    if (upstream_series_.size() < most_series) upstream_series_.emplace(series_key_, &series);
    return series;
}

void Worker::record(Exchange& exchange) {
    const auto now = http::Clock::now();
    if (exchange.cancelled) shared_.clients_gone.fetch_add(1, std::memory_order_relaxed);
    if (exchange.status == 0) exchange.status = 499;
    Metrics::observe(route_series(exchange), now - exchange.begin);
    if (exchange.upstream_begin != http::Clock::time_point()) {
        if (exchange.upstream_end < exchange.upstream_begin) exchange.upstream_end = now;
        Metrics::Upstream& series = upstream_series(exchange);
        Metrics::observe(series, exchange.upstream_end - exchange.upstream_begin,
                         exchange.upstream_ok);
        if (!exchange.upstream_ok) Metrics::count_error(series, std::max(exchange.status, 400));
        Metrics::count_tokens(series, exchange.usage.prompt_tokens,
                              exchange.usage.completion_tokens);
    }
    if (!shared_.log || exchange.route.endpoint != Endpoint::chat_completions) return;
    store::LogRow& row = rows_.add();
    // Swapped: the row's memory serves the next request of this connection.
    row.id.swap(exchange.request_id);
    row.model.swap(exchange.model);
    row.input.swap(exchange.input);
    row.output.swap(exchange.output);
    row.error_details.swap(exchange.error);
    row.timestamp_us = exchange.timestamp_us;
    row.object = exchange.stream ? "chat.completion.chunk" : "chat.completion";
    row.provider =
        exchange.provider == nullptr ? std::string_view() : exchange.provider->config.name;
    row.stream = exchange.stream;
    const bool success = exchange.status < 400 && row.error_details.empty();
    row.status = exchange.cancelled ? "cancelled" : success ? "success" : "error";
    row.status_code = exchange.status;
    row.latency_ms = milliseconds(now - exchange.begin);
    row.prompt_tokens = exchange.usage.prompt_tokens;
    row.completion_tokens = exchange.usage.completion_tokens;
    row.total_tokens = exchange.usage.total_tokens;
    row.stop_reason = exchange.stop_reason;
    row.bodies.reset();
    if (exchange.recording) row.bodies = exchange.recording->take();
    const bool large =
        row.bodies && row.bodies->request.size() + row.bodies->answer.size() > most_waiting_body;
    if (rows_.size() >= rows_at_once || large) flush_rows();
}

}  // namespace sluice::gateway
