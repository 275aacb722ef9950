#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::store {

/// What went over the wire for one request, for `sluice replay`. Kept only where the configuration
/// asks for it, and without any head.
struct RecordedBodies {
    std::string request{};          ///< as the client sent it; empty when it was too large
    std::string answer{};           ///< as the provider sent it; empty when there is none
    int answer_status = 0;          ///< the provider's; 0: there is no answer
    bool answer_is_stream = false;  ///< `answer` is its events, with their framing
    bool request_too_large = false;
    bool answer_too_large = false;
};

/// One attempt at one request. Names are those of the gateway's log table (facts page, 9.2).
struct LogRow {
    std::string id{};
    std::int64_t timestamp_us = 0;  ///< since the epoch
    std::string object{};           ///< "chat.completion", "chat.completion.chunk"
    std::string provider{};
    std::string model{};
    bool stream = false;
    std::string status{};  ///< "success" | "error" | "cancelled"
    int status_code = 0;
    double latency_ms = 0;
    std::uint64_t prompt_tokens = 0;
    std::uint64_t completion_tokens = 0;
    std::uint64_t total_tokens = 0;
    std::string stop_reason{};
    std::string error_details{};
    std::string input{};   ///< the messages' JSON; empty when content logging is off
    std::string output{};  ///< the answer's text or JSON; empty when content logging is off
    std::optional<RecordedBodies> bodies{};
};

/// Rows on their way to the log. Emptied, it keeps its rows' memory for the next ones: rows are
/// filled on one thread and read on another, and memory that only ever went one way would have to
/// be found anew for each.
class LogBatch {
  public:
    /// The next row. What it held before is still in it: assign every member.
    LogRow& add();

    /// Drops all rows but the first `count`.
    void truncate(std::size_t count) noexcept { used_ = count < used_ ? count : used_; }
    /// Drops all rows; texts that are large give their memory back.
    void clear() noexcept;

    std::span<const LogRow> rows() const noexcept { return {rows_.data(), used_}; }
    std::span<LogRow> rows() noexcept { return {rows_.data(), used_}; }
    std::size_t size() const noexcept { return used_; }
    bool empty() const noexcept { return used_ == 0; }

  private:
    std::vector<LogRow> rows_{};
    std::size_t used_ = 0;
};

}  // namespace sluice::store
