#include "store/sqlite/recording_table.hpp"

#include "store/sqlite/condition.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <utility>

namespace sluice::store::sqlite {

const char* const recording_schema = R"(
CREATE TABLE IF NOT EXISTS recordings(
  id TEXT NOT NULL, timestamp INTEGER NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, stream INTEGER NOT NULL,
  request TEXT NOT NULL, answer TEXT NOT NULL, answer_status INTEGER NOT NULL, answer_is_stream INTEGER NOT NULL,
  request_too_large INTEGER NOT NULL, answer_too_large INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS recordings_by_timestamp ON recordings(timestamp, model);
)";

namespace {

constexpr std::string_view columns =
    "id,timestamp,provider,model,stream,request,answer,answer_status,answer_is_stream,"
    "request_too_large,answer_too_large";

Condition condition_of(const RecordingQuery& query) {
    Condition where;
    where.one_of("model", query.models);
    if (query.since_us) {
        where.add("timestamp >= ?");
        where.values.emplace_back(*query.since_us);
    }
    return where;
}

/// Binds the condition's values for the statement to keep: a step may come much later.
Statement prepare(const Database& database, std::string_view selected, std::string_view order,
                  const RecordingQuery& query) {
    const Condition where = condition_of(query);
    Statement statement = database.prepare(
        fmt::format("SELECT {} FROM recordings WHERE rowid IN (SELECT rowid FROM recordings{} "
                    "ORDER BY timestamp DESC, rowid DESC LIMIT ?) {}",
                    selected, where.sql, order));
    const int bound = where.bind_to(statement, Statement::Texts::copied);
    constexpr std::int64_t all = -1;
    statement.bind(bound + 1, query.limit ? static_cast<std::int64_t>(*query.limit) : all);
    return statement;
}

}  // namespace

RecordingWriter::RecordingWriter(const Database& database)
    : insert_(database.prepare(
          fmt::format("INSERT INTO recordings({}) VALUES(?,?,?,?,?,?,?,?,?,?,?)", columns))) {}

void RecordingWriter::insert(const LogRow& row) {
    insert_.reset();  // first: an earlier batch may have failed in the middle of a row
    if (!row.bodies) return;
    const RecordedBodies& bodies = *row.bodies;
    int at = 0;
    insert_.bind(++at, row.id);
    insert_.bind(++at, row.timestamp_us);
    insert_.bind(++at, row.provider);
    insert_.bind(++at, row.model);
    insert_.bind(++at, std::int64_t{row.stream});
    insert_.bind(++at, bodies.request);
    insert_.bind(++at, bodies.answer);
    insert_.bind(++at, std::int64_t{bodies.answer_status});
    insert_.bind(++at, std::int64_t{bodies.answer_is_stream});
    insert_.bind(++at, std::int64_t{bodies.request_too_large});
    insert_.bind(++at, std::int64_t{bodies.answer_too_large});
    insert_.step();
}

Database open_recordings(const std::filesystem::path& file) {
    Database database(file, Database::Access::read_only);
    Statement tables = database.prepare(
        "SELECT total(name = 'logs'), total(name = 'recordings') FROM sqlite_master "
        "WHERE type = 'table'");
    tables.step();
    if (tables.whole(0) == 0)
        throw Error(ErrorCode::unavailable,
                    fmt::format("{}: is no request log of a gateway", file.string()));
    bool is_empty = tables.whole(1) == 0;  // written by a gateway that could not record yet
    if (!is_empty) {
        Statement any = database.prepare("SELECT 1 FROM recordings LIMIT 1");
        is_empty = !any.step();
    }
    if (is_empty)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}: holds no bodies of requests; set logs_store.record_bodies to "
                                "true in the gateway's config.json, and requests from then on can "
                                "be replayed",
                                file.string()));
    return database;
}

std::size_t count_recordings(const Database& database, const RecordingQuery& query) {
    Statement count = prepare(database, "count(*)", "", query);
    count.step();
    return static_cast<std::size_t>(count.whole(0));
}

Statement select_recordings(const Database& database, const RecordingQuery& query) {
    return prepare(database, columns, "ORDER BY timestamp, rowid", query);
}

Recorded read_recording(const Statement& from) {
    return {.id = from.text(0),
            .timestamp_us = from.whole(1),
            .provider = from.text(2),
            .model = from.text(3),
            .stream = from.whole(4) != 0,
            .bodies = {.request = from.text(5),
                       .answer = from.text(6),
                       .answer_status = static_cast<int>(from.whole(7)),
                       .answer_is_stream = from.whole(8) != 0,
                       .request_too_large = from.whole(9) != 0,
                       .answer_too_large = from.whole(10) != 0}};
}

}  // namespace sluice::store::sqlite
