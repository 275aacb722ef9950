#pragma once

#include "gateway/exchange.hpp"
#include "gateway/plugin_chain.hpp"
#include "gateway/plugin_tasks.hpp"
#include "gateway/shared.hpp"
#include "http/asio_types.hpp"
#include "http/link_pool.hpp"
#include "http/reply.hpp"
#include "http/sweep.hpp"
#include "llm/chat_request.hpp"
#include "llm/openai/answer.hpp"
#include "store/request_log.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sluice::gateway {

class Session;

/// One I/O thread: its acceptor, its connections, and all that a request needs without a lock.
///
/// Lifetime: `shared` outlives it; run() has returned before it dies. Threads: all of it on the
/// thread that runs run(), but for what is said to be posted.
class Worker {
  public:
    explicit Worker(Shared& shared);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    http::asio::io_context& context() noexcept { return context_; }
    http::Executor executor() noexcept { return context_.get_executor(); }

    /// Accepts from now on. Before run().
    void serve(http::Acceptor acceptor);
    /// Blocks until drain() and all its connections have ended.
    void run();

    /// Accepts no more and closes what is idle. Post it to context().
    void drain();
    /// Cancels what is still there. Post it to context().
    void cancel_all();

    bool draining() const noexcept { return draining_; }

    Shared& shared() noexcept { return shared_; }
    http::Sweep& sweep() noexcept { return sweep_; }
    http::LinkPool& pool(const Provider& provider) { return *pools_[provider.index]; }
    /// What a request that begins now meets, and keeps until its end. Null when no plug-in is
    /// active: then no request pays for them.
    const std::shared_ptr<PluginRuntime>& plugins() {
        if (shared_.plugins.version() != plugins_version_) use_new_plugins();
        return plugins_;
    }
    llm::ChatRequestReader& requests() noexcept { return requests_; }
    llm::openai::AnswerReader& answers() noexcept { return answers_; }
    std::mt19937_64& random() noexcept { return random_; }
    std::string_view date() { return date_.view(std::chrono::system_clock::now()); }

    /// Counts the request in the series and gives its row to the log.
    void record(Exchange& exchange);

    void remove(Session& session);

  private:
    http::Task<void> accept_all();
    http::Task<void> turn_away(http::Socket socket);
    void start_session(http::Socket socket);
    void use_new_plugins();
    void flush_rows();
    void finish_when_empty();
    Metrics::Route& route_series(const Exchange& exchange);
    Metrics::Upstream& upstream_series(const Exchange& exchange);

    Shared& shared_;
    http::asio::io_context context_{1};
    http::Sweep sweep_;
    std::unique_ptr<http::Acceptor> acceptor_{};
    std::vector<std::unique_ptr<http::LinkPool>> pools_{};
    PluginTasks plugin_tasks_;
    std::shared_ptr<PluginRuntime> plugins_{};
    std::uint64_t plugins_version_ = 0;
    llm::ChatRequestReader requests_{};
    llm::openai::AnswerReader answers_{};
    std::mt19937_64 random_;
    http::DateField date_{};
    store::LogBatch rows_{};
    std::unordered_map<int, Metrics::Route*> route_series_{};
    std::unordered_map<std::string, Metrics::Upstream*> upstream_series_{};
    std::string series_key_{};
    std::unordered_set<Session*> sessions_{};
    std::size_t turning_away_ = 0;
    bool draining_ = false;
};

}  // namespace sluice::gateway
