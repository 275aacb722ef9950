#include "store/request_log.hpp"

#include "store/sqlite/log_table.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sluice/error.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace sluice::store {

namespace {

/// Batches that make one transaction: each writes the same few pages anew, however many rows it
/// holds.
constexpr std::size_t most_at_once = 8;
/// How long the first of them waits for the others.
constexpr auto gather_for = std::chrono::milliseconds(50);
/// Emptied batches that wait to be filled again.
constexpr std::size_t most_spare = 16;
/// Recorded bodies that may wait for the disk.
constexpr std::size_t most_queued_body_bytes = 64 << 20;

sqlite::Database open_in_folder(const std::filesystem::path& file) {
    std::error_code failed;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failed);
    if (failed)
        throw Error(ErrorCode::unavailable,
                    fmt::format("{}: the request log's folder cannot be created: {}",
                                file.parent_path().string(), failed.message()));
    // Rows hold what users wrote: for this user's eyes only. SQLite gives its WAL the same mode.
    const int created = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (created >= 0) ::close(created);
    return sqlite::open_log(file);
}

std::size_t body_bytes(const LogRow& row) {
    return row.bodies ? row.bodies->request.size() + row.bodies->answer.size() : 0;
}

}  // namespace

struct RequestLog::State {
    State(std::filesystem::path log_file, std::size_t rows)
        : file(std::move(log_file)),
          capacity(rows),
          database(open_in_folder(file)),
          writer(database) {}

    const std::filesystem::path file;
    const std::size_t capacity;
    sqlite::Database database;
    sqlite::LogWriter writer;

    std::mutex mutex{};
    std::condition_variable work{};
    std::condition_variable idle{};
    std::vector<LogBatch> queue{};  // under the mutex
    std::vector<LogBatch> spare{};  // under the mutex
    bool writing = false;           // under the mutex
    int flushing = 0;               // under the mutex: who waits for the queue's end
    bool stopping = false;          // under the mutex
    std::atomic<std::size_t> queued{0};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::size_t> queued_body_bytes{0};
    std::atomic<std::uint64_t> dropped_bodies{0};
    std::thread thread{};

    void run();
    void append(std::span<const LogBatch> batches) noexcept;
    void give_back(std::vector<LogBatch>& batches);
    void take_bodies(LogBatch& rows);
};

/// One transaction.
void RequestLog::State::append(std::span<const LogBatch> batches) noexcept {
    std::size_t rows = 0;
    std::size_t bytes = 0;
    for (const LogBatch& batch : batches) {
        rows += batch.size();
        for (const LogRow& row : batch.rows()) bytes += body_bytes(row);
    }
    try {
        writer.append(batches);
    } catch (const std::exception& error) {
        // A full disk must not stop the gateway: the rows are lost, counted and said.
        dropped += rows;
        spdlog::error("request log {}: {} rows lost: {}", file.string(), rows, error.what());
        try {
            database.execute("ROLLBACK");
        } catch (const std::exception&) {  // no transaction was open: nothing to undo
        }
    }
    queued -= rows;
    queued_body_bytes -= bytes;
}

/// Under the mutex. Counts the bodies of rows that go into the queue; those that would make it too
/// large are taken out of their rows.
void RequestLog::State::take_bodies(LogBatch& rows) {
    for (LogRow& row : rows.rows()) {
        const std::size_t bytes = body_bytes(row);
        if (bytes == 0) continue;
        if (queued_body_bytes + bytes > most_queued_body_bytes) {
            row.bodies.reset();
            ++dropped_bodies;
        } else {
            queued_body_bytes += bytes;
        }
    }
}

/// Under the mutex.
void RequestLog::State::give_back(std::vector<LogBatch>& batches) {
    for (LogBatch& batch : batches)
        if (spare.size() < most_spare) spare.push_back(std::move(batch));
    batches.clear();
}

void RequestLog::State::run() {
    // Requests come first: on a busy core the writer waits, and the queue takes the rows meanwhile.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 5);
    std::vector<LogBatch> batches;
    for (std::unique_lock lock(mutex);;) {
        work.wait(lock, [this] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        work.wait_for(lock, gather_for,
                      [this] { return stopping || flushing > 0 || queue.size() >= most_at_once; });
        batches.swap(queue);
        writing = true;
        lock.unlock();
        for (std::size_t at = 0; at < batches.size(); at += most_at_once)
            append(std::span(batches).subspan(at, std::min(most_at_once, batches.size() - at)));
        for (LogBatch& batch : batches) batch.clear();
        lock.lock();
        give_back(batches);
        writing = false;
        if (queue.empty()) idle.notify_all();
    }
}

RequestLog::RequestLog(const std::filesystem::path& file, std::size_t queue_rows)
    : state_(std::make_unique<State>(file, queue_rows)) {
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

RequestLog::~RequestLog() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->work.notify_one();
    state_->thread.join();
}

void RequestLog::write(LogBatch& rows) {
    bool is_due = false;
    {
        const std::lock_guard lock(state_->mutex);
        const std::size_t room =
            state_->capacity - std::min(state_->capacity, state_->queued.load());
        state_->dropped += rows.size() - std::min(room, rows.size());
        rows.truncate(room);
        if (rows.empty()) return;  // the queue holds no batches without rows: they take memory too
        state_->take_bodies(rows);
        state_->queued += rows.size();
        state_->queue.push_back(std::move(rows));
        rows = LogBatch();
        is_due = state_->queue.size() == 1 || state_->queue.size() == most_at_once;
        if (!state_->spare.empty()) {
            rows = std::move(state_->spare.back());
            state_->spare.pop_back();
        }
    }
    if (is_due) state_->work.notify_one();
}

LogPage RequestLog::query(const LogQuery& query) const {
    // A connection a query: queries are rare, come from any thread, and WAL lets them read while
    // the writer writes.
    return sqlite::read_page(sqlite::Database(state_->file, sqlite::Database::Access::read_only),
                             query);
}

void RequestLog::flush() {
    std::unique_lock lock(state_->mutex);
    ++state_->flushing;
    state_->work.notify_one();
    state_->idle.wait(lock, [this] { return state_->queue.empty() && !state_->writing; });
    --state_->flushing;
}

std::uint64_t RequestLog::dropped_rows() const noexcept {
    return state_->dropped;
}

std::size_t RequestLog::queued_rows() const noexcept {
    return state_->queued;
}

std::uint64_t RequestLog::dropped_bodies() const noexcept {
    return state_->dropped_bodies;
}

}  // namespace sluice::store
