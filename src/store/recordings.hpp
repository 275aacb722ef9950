#pragma once

#include "store/log_row.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::store {

/// Which recorded requests are wanted. Empty means any.
struct RecordingQuery {
    std::vector<std::string> models{};  ///< without a provider's prefix, as the log shows them
    std::optional<std::int64_t> since_us{};
    std::optional<std::size_t> limit{};  ///< the newest so many
};

/// One request whose bodies were recorded.
struct Recorded {
    std::string id{};
    std::int64_t timestamp_us = 0;  ///< since the epoch
    std::string provider{};         ///< empty when none was chosen
    std::string model{};
    bool stream = false;
    RecordedBodies bodies{};
};

/// Reads the recorded bodies of a request log, oldest first. A gateway may go on writing it.
/// Threads: one.
class RecordingReader {
  public:
    /// Errors: \throws Error unavailable when the file cannot be read as a request log;
    /// invalid_input when no body was ever recorded in it, with the setting that turns it on. So do
    /// all members when the file turns out to be damaged.
    RecordingReader(const std::filesystem::path& file, const RecordingQuery& query);
    ~RecordingReader();
    RecordingReader(const RecordingReader&) = delete;
    RecordingReader& operator=(const RecordingReader&) = delete;

    /// How many requests the query finds.
    std::size_t count() const;
    /// The next of them; nothing behind the last.
    std::optional<Recorded> next();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::store
