#include "gateway/server.hpp"

#include "gateway/shared.hpp"
#include "gateway/worker.hpp"
#include "http/listener.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::gateway {

namespace {

unsigned thread_count(unsigned configured) {
    return configured > 0 ? configured : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

struct Server::State {
    State(store::Config config, std::shared_ptr<const PluginSet> plugins,
          std::shared_ptr<store::RequestLog> log, PluginSource source)
        : shared(std::move(config), std::move(plugins), std::move(log), std::move(source)) {}

    /// Posts `work` to every worker's thread.
    template <class Work>
    void on_each(Work work) {
        for (const auto& worker : workers)
            boost::asio::post(worker->context(), [&worker = *worker, work] { work(worker); });
    }

    Shared shared;
    std::vector<std::unique_ptr<Worker>> workers{};
    std::vector<std::thread> threads{};
    std::uint16_t port = 0;

    std::mutex mutex{};
    std::condition_variable ended{};
    std::size_t running = 0;  ///< threads whose worker has not ended
};

Server::Server(store::Config config, std::shared_ptr<const PluginSet> plugins,
               std::shared_ptr<store::RequestLog> log, PluginSource source)
    : state_(std::make_unique<State>(std::move(config), std::move(plugins), std::move(log),
                                     std::move(source))) {}

Server::~Server() {
    stop();
}

void Server::start() {
    const store::ServerConfig& server = state_->shared.config.server;
    std::vector<http::Executor> executors;
    for (unsigned i = 0; i < thread_count(server.threads); ++i) {
        state_->workers.push_back(std::make_unique<Worker>(state_->shared));
        executors.push_back(state_->workers.back()->executor());
    }
    std::vector<http::Acceptor> acceptors = http::listen(executors, server.host, server.port);
    state_->port = http::local_port(acceptors.front());
    state_->running = acceptors.size();
    for (std::size_t i = 0; i < acceptors.size(); ++i) {
        Worker& worker = *state_->workers[i];
        worker.serve(std::move(acceptors[i]));
        state_->threads.emplace_back([state = state_.get(), &worker] {
            worker.run();
            const std::lock_guard lock(state->mutex);
            --state->running;
            state->ended.notify_all();
        });
    }
}

std::uint16_t Server::port() const noexcept {
    return state_->port;
}

void Server::stop() {
    if (state_->threads.empty()) return;
    state_->on_each([](Worker& worker) { worker.drain(); });
    {
        std::unique_lock lock(state_->mutex);
        state_->ended.wait_for(lock, state_->shared.config.client.shutdown_timeout,
                               [this] { return state_->running == 0; });
    }
    state_->on_each([](Worker& worker) { worker.cancel_all(); });
    for (std::thread& thread : state_->threads) thread.join();
    state_->threads.clear();
    state_->workers.clear();
}

const store::Config& Server::config() const noexcept {
    return state_->shared.config;
}

Metrics& Server::metrics() noexcept {
    return state_->shared.metrics;
}

std::size_t Server::open_connections() const noexcept {
    return state_->shared.connections.load(std::memory_order_relaxed);
}

}  // namespace sluice::gateway
