#include "store/recordings.hpp"

#include "store/sqlite/recording_table.hpp"

#include <utility>

namespace sluice::store {

struct RecordingReader::State {
    State(const std::filesystem::path& file, const RecordingQuery& query)
        : database(sqlite::open_recordings(file)),
          count(sqlite::count_recordings(database, query)),
          rows(sqlite::select_recordings(database, query)) {}

    sqlite::Database database;
    std::size_t count;
    sqlite::Statement rows;
};

RecordingReader::RecordingReader(const std::filesystem::path& file, const RecordingQuery& query)
    : state_(std::make_unique<State>(file, query)) {}

RecordingReader::~RecordingReader() = default;

std::size_t RecordingReader::count() const {
    return state_->count;
}

std::optional<Recorded> RecordingReader::next() {
    if (!state_->rows.step()) return std::nullopt;
    return sqlite::read_recording(state_->rows);
}

}  // namespace sluice::store
