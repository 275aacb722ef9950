#pragma once

#include "store/recordings.hpp"
#include "store/sqlite/database.hpp"

#include <cstddef>
#include <filesystem>

namespace sluice::store::sqlite {

/// The table of recorded bodies. It stands by itself: rows of the log have no number that a VACUUM
/// would leave as it is.
extern const char* const recording_schema;

/// Appends recorded bodies. Keeps its statement prepared.
class RecordingWriter {
  public:
    explicit RecordingWriter(const Database& database);
    /// Nothing is done for a row without bodies.
    void insert(const LogRow& row);
    void reset() { insert_.reset(); }

  private:
    Statement insert_;
};

/// Errors: as RecordingReader's constructor.
Database open_recordings(const std::filesystem::path& file);
std::size_t count_recordings(const Database& database, const RecordingQuery& query);
/// To be stepped; each row is for read_recording().
Statement select_recordings(const Database& database, const RecordingQuery& query);
Recorded read_recording(const Statement& from);

}  // namespace sluice::store::sqlite
