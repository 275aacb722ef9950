#include "base/random.hpp"
#include "plugin/curl_client.hpp"
#include "plugin/observe_otlp_json.hpp"

#include <sluice/error.hpp>
#include <sluice/observe.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

namespace sluice::observe {

struct OtlpAdapter::State {
    explicit State(OtlpOptions chosen) : options(std::move(chosen)) {
        if (!options.http) options.http = make_curl_client();
        options.batch = std::max<std::size_t>(options.batch, 1);
    }

    void run();
    void send(const std::vector<Trace>& batch) noexcept;
    std::vector<Trace> next_batch();

    OtlpOptions options;
    std::mt19937_64 random = seeded_random();
    std::mutex mutex{};
    std::condition_variable work{};
    std::condition_variable idle{};
    std::deque<Trace> queue{};  // under the mutex
    bool sending = false;       // under the mutex
    bool stopping = false;      // under the mutex
    int flushing = 0;           // under the mutex: who waits for the queue's end
    std::atomic<std::uint64_t> dropped{0};
    std::thread thread{};
};

/// Under the mutex.
std::vector<Trace> OtlpAdapter::State::next_batch() {
    const auto end =
        queue.begin() + static_cast<std::ptrdiff_t>(std::min(options.batch, queue.size()));
    std::vector<Trace> batch(std::make_move_iterator(queue.begin()), std::make_move_iterator(end));
    queue.erase(queue.begin(), end);
    return batch;
}

void OtlpAdapter::State::run() {
    for (std::unique_lock lock(mutex);;) {
        work.wait(lock, [this] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        work.wait_for(lock, options.period,
                      [this] { return stopping || flushing > 0 || queue.size() >= options.batch; });
        const std::vector<Trace> batch = next_batch();
        sending = true;
        lock.unlock();
        send(batch);
        lock.lock();
        sending = false;
        if (queue.empty()) idle.notify_all();
    }
}

void OtlpAdapter::State::send(const std::vector<Trace>& batch) noexcept {
    try {
        const std::string body =
            otlp_json(batch, options.service_name, [this] { return random(); });
        HttpRequest request{.method = "POST",
                            .url = options.url,
                            .headers = options.headers,
                            .body = as_bytes(body)};
        request.headers["Content-Type"] = "application/json";
        const HttpResponse response =
            options.http(request, {.deadline = std::chrono::steady_clock::now() + options.timeout,
                                   .max_response_bytes = 64 << 10});
        if (response.status >= 200 && response.status < 300) return;
    } catch (const std::exception&) {  // counted below: there is nobody to tell
    }
    dropped += batch.size();
}

OtlpAdapter::OtlpAdapter(OtlpOptions options)
    : state_(std::make_unique<State>(std::move(options))) {
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

OtlpAdapter::~OtlpAdapter() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->work.notify_one();
    state_->thread.join();
}

void OtlpAdapter::handle(Trace trace) noexcept {
    bool is_due = false;
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->queue.size() >= state_->options.queue) {
            ++state_->dropped;
            return;
        }
        state_->queue.push_back(std::move(trace));
        const std::size_t waiting = state_->queue.size();
        is_due = waiting == 1 || waiting == state_->options.batch;
    }
    if (is_due) state_->work.notify_one();
}

void OtlpAdapter::flush() {
    std::unique_lock lock(state_->mutex);
    ++state_->flushing;
    state_->work.notify_one();
    state_->idle.wait(lock, [this] { return state_->queue.empty() && !state_->sending; });
    --state_->flushing;
}

std::uint64_t OtlpAdapter::dropped() const noexcept {
    return state_->dropped;
}

}  // namespace sluice::observe
