#pragma once

#include "store/request_log.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/recording_table.hpp"

#include <filesystem>
#include <span>

namespace sluice::store::sqlite {

/// Opens the log database for writing: WAL mode, the current schema, ready after a crash.
/// Errors: \throws Error unavailable; also when a newer program wrote the file.
Database open_log(const std::filesystem::path& file);

/// Appends rows. Keeps its statement prepared.
class LogWriter {
  public:
    explicit LogWriter(Database& database);
    /// All of them in one transaction.
    void append(std::span<const LogBatch> batches);

  private:
    void insert(const LogRow& row);

    Database& database_;  // the owner's; outlives this
    Statement insert_;
    RecordingWriter recordings_;
};

/// Answers a query over everything that is committed.
LogPage read_page(const Database& database, const LogQuery& query);

}  // namespace sluice::store::sqlite
