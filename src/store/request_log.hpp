#pragma once

#include "store/log_row.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::store {

/// Filters and paging of GET /api/logs. Empty means any.
struct LogQuery {
    std::vector<std::string> providers{};
    std::vector<std::string> models{};
    std::vector<std::string> status{};
    std::optional<std::int64_t> start_time_us{};
    std::optional<std::int64_t> end_time_us{};
    std::string content_search{};
    std::size_t limit = 50;
    std::size_t offset = 0;
    std::string sort_by = "timestamp";  ///< timestamp | latency | tokens
    bool ascending = false;
};

struct LogPage {
    std::vector<LogRow> rows{};
    std::uint64_t total_count = 0;
    double success_rate = 0;
    double average_latency_ms = 0;
    std::uint64_t total_tokens = 0;
};

/// The request log: rows are handed over in batches to one writer thread.
///
/// Threads: write() from any thread, never waits for the disk; query() from any thread but an I/O
/// thread.
class RequestLog {
  public:
    /// Opens or creates the database in WAL mode and starts the writer. Works after a crash.
    /// Errors: \throws Error unavailable, naming the file and SQLite's reason.
    RequestLog(const std::filesystem::path& file, std::size_t queue_rows);
    /// Writes what is queued, then stops.
    ~RequestLog();
    RequestLog(const RequestLog&) = delete;
    RequestLog& operator=(const RequestLog&) = delete;

    /// Takes the rows over and leaves an empty batch in their place. What does not fit in the queue
    /// is dropped and counted.
    void write(LogBatch& rows);

    /// Blocks: reads the database; includes every row that write() took before and has committed.
    LogPage query(const LogQuery& query) const;
    /// Blocks until every row taken so far is on disk. For tests and shut-down.
    void flush();

    std::uint64_t dropped_rows() const noexcept;
    std::size_t queued_rows() const noexcept;
    /// Rows that were written without the bodies recorded for them: too many bytes were waiting.
    std::uint64_t dropped_bodies() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::store
