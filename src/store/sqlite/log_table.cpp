#include "store/sqlite/log_table.hpp"

#include "store/sqlite/condition.hpp"

#include <fmt/format.h>

#include <sluice/error.hpp>

namespace sluice::store::sqlite {

namespace {

/// 2: the table of recordings came; a file of version 1 gets it when it is opened.
constexpr std::int64_t schema_version = 2;

/// One index with all that filters and sums look at: they then never read the large pages of texts.
constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS logs(
  id TEXT NOT NULL, timestamp INTEGER NOT NULL, object TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
  stream INTEGER NOT NULL, status TEXT NOT NULL, status_code INTEGER NOT NULL, latency REAL NOT NULL,
  prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, total_tokens INTEGER NOT NULL,
  stop_reason TEXT NOT NULL, error_details TEXT NOT NULL, input TEXT NOT NULL, output TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS logs_by_timestamp ON logs(timestamp, provider, model, status, latency, total_tokens);
)";

constexpr std::string_view columns =
    "id,timestamp,object,provider,model,stream,status,status_code,latency,prompt_tokens,"
    "completion_tokens,total_tokens,stop_reason,error_details,input,output";

/// Finds `text` anywhere, in either case (of ASCII letters).
std::string pattern_of(std::string_view text) {
    std::string pattern = "%";
    for (const char each : text) {
        if (each == '%' || each == '_' || each == '\\') pattern += '\\';
        pattern += each;
    }
    return pattern += '%';
}

Condition condition_of(const LogQuery& query) {
    Condition where;
    where.one_of("provider", query.providers);
    where.one_of("model", query.models);
    where.one_of("status", query.status);
    if (query.start_time_us) {
        where.add("timestamp >= ?");
        where.values.emplace_back(*query.start_time_us);
    }
    if (query.end_time_us) {
        where.add("timestamp <= ?");
        where.values.emplace_back(*query.end_time_us);
    }
    if (!query.content_search.empty()) {
        where.add(R"((input LIKE ? ESCAPE '\' OR output LIKE ? ESCAPE '\'))");
        where.values.emplace_back(pattern_of(query.content_search));
        where.values.emplace_back(pattern_of(query.content_search));
    }
    return where;
}

std::string_view column_of(std::string_view sort_by) {
    if (sort_by == "latency") return "latency";
    if (sort_by == "tokens") return "total_tokens";
    return "timestamp";
}

LogRow read_row(const Statement& from) {
    LogRow row;
    row.id = from.text(0);
    row.timestamp_us = from.whole(1);
    row.object = from.text(2);
    row.provider = from.text(3);
    row.model = from.text(4);
    row.stream = from.whole(5) != 0;
    row.status = from.text(6);
    row.status_code = static_cast<int>(from.whole(7));
    row.latency_ms = from.real(8);
    row.prompt_tokens = static_cast<std::uint64_t>(from.whole(9));
    row.completion_tokens = static_cast<std::uint64_t>(from.whole(10));
    row.total_tokens = static_cast<std::uint64_t>(from.whole(11));
    row.stop_reason = from.text(12);
    row.error_details = from.text(13);
    row.input = from.text(14);
    row.output = from.text(15);
    return row;
}

}  // namespace

Database open_log(const std::filesystem::path& file) {
    Database database(file, Database::Access::read_write);
    Statement version = database.prepare("PRAGMA user_version");
    version.step();
    if (version.whole(0) > schema_version)
        throw Error(ErrorCode::unavailable,
                    fmt::format("{}: was written by a newer sluice (schema {}); use that one or "
                                "another logs_store.config.path",
                                file.string(), version.whole(0)));
    version.reset();
    // Large pages and a late checkpoint halve the price of a row that carries its texts.
    database.execute("PRAGMA page_size = 16384");
    database.execute("PRAGMA journal_mode = WAL");
    database.execute("PRAGMA synchronous = NORMAL");
    database.execute("PRAGMA wal_autocheckpoint = 4000");
    database.execute(schema);
    database.execute(recording_schema);
    database.execute(fmt::format("PRAGMA user_version = {}", schema_version));
    return database;
}

LogWriter::LogWriter(Database& database)
    : database_(database),
      insert_(database.prepare(
          fmt::format("INSERT INTO logs({}) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", columns))),
      recordings_(database) {}

void LogWriter::insert(const LogRow& row) {
    insert_.reset();  // first: an earlier batch may have failed in the middle of a row
    int at = 0;
    insert_.bind(++at, row.id);
    insert_.bind(++at, row.timestamp_us);
    insert_.bind(++at, row.object);
    insert_.bind(++at, row.provider);
    insert_.bind(++at, row.model);
    insert_.bind(++at, std::int64_t{row.stream});
    insert_.bind(++at, row.status);
    insert_.bind(++at, std::int64_t{row.status_code});
    insert_.bind(++at, row.latency_ms);
    insert_.bind(++at, static_cast<std::int64_t>(row.prompt_tokens));
    insert_.bind(++at, static_cast<std::int64_t>(row.completion_tokens));
    insert_.bind(++at, static_cast<std::int64_t>(row.total_tokens));
    insert_.bind(++at, row.stop_reason);
    insert_.bind(++at, row.error_details);
    insert_.bind(++at, row.input);
    insert_.bind(++at, row.output);
    insert_.step();
}

void LogWriter::append(std::span<const LogBatch> batches) {
    database_.execute("BEGIN");
    for (const LogBatch& batch : batches)
        for (const LogRow& row : batch.rows()) {
            insert(row);
            recordings_.insert(row);
        }
    insert_.reset();
    recordings_.reset();
    database_.execute("COMMIT");
}

LogPage read_page(const Database& database, const LogQuery& query) {
    const Condition where = condition_of(query);
    LogPage page;

    Statement totals = database.prepare(
        "SELECT count(*), total(status = 'success'), avg(latency), total(total_tokens) FROM logs" +
        where.sql);
    where.bind_to(totals);
    totals.step();
    page.total_count = static_cast<std::uint64_t>(totals.whole(0));
    if (page.total_count > 0)
        page.success_rate = 100.0 * totals.real(1) / static_cast<double>(page.total_count);
    page.average_latency_ms = totals.real(2);
    page.total_tokens = static_cast<std::uint64_t>(totals.real(3));

    // The page is picked from the index alone; only its rows are then read with their texts.
    const std::string order = fmt::format("{0} {1}, rowid {1}", column_of(query.sort_by),
                                          query.ascending ? "ASC" : "DESC");
    Statement rows = database.prepare(
        fmt::format("SELECT {} FROM logs WHERE rowid IN (SELECT rowid FROM logs{} ORDER BY {} "
                    "LIMIT ? OFFSET ?) ORDER BY {}",
                    columns, where.sql, order, order));
    const int bound = where.bind_to(rows);
    rows.bind(bound + 1, static_cast<std::int64_t>(query.limit));
    rows.bind(bound + 2, static_cast<std::int64_t>(query.offset));
    while (rows.step()) page.rows.push_back(read_row(rows));
    return page;
}

}  // namespace sluice::store::sqlite
