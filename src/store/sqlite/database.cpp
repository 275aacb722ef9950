#include "store/sqlite/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <sluice/error.hpp>

namespace sluice::store::sqlite {

namespace {

void check(sqlite3* database, int result, std::string_view doing) {
    if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE) return;
    const char* file = sqlite3_db_filename(database, "main");
    throw Error(ErrorCode::unavailable, fmt::format("{}: {}: {}", file == nullptr ? "" : file,
                                                    doing, sqlite3_errmsg(database)));
}

}  // namespace

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
    sqlite3_stmt* prepared = nullptr;
    const int result =
        sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &prepared, nullptr);
    statement_.reset(prepared);
    check(database, result, "SQLite, preparing a statement");
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

void Statement::bind(int index, std::string_view text, Texts texts) {
    check(
        database_,
        sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(),
                            texts == Texts::copied ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8),
        "SQLite, binding a text");
}

void Statement::bind(int index, std::int64_t number) {
    check(database_, sqlite3_bind_int64(statement_.get(), index, number),
          "SQLite, binding a number");
}

void Statement::bind(int index, double number) {
    check(database_, sqlite3_bind_double(statement_.get(), index, number),
          "SQLite, binding a number");
}

bool Statement::step() {
    const int result = sqlite3_step(statement_.get());
    check(database_, result, "SQLite");
    return result == SQLITE_ROW;
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
}

std::string Statement::text(int column) const {
    const auto* bytes =
        reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t Statement::whole(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(statement_.get(), column);
}

Database::Database(const std::filesystem::path& file, Access access) {
    const int flags = access == Access::read_only ? SQLITE_OPEN_READONLY
                                                  : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* opened = nullptr;
    const int result = sqlite3_open_v2(file.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(opened);
    if (result != SQLITE_OK)
        throw Error(ErrorCode::unavailable,
                    fmt::format("{}: cannot be opened as an SQLite file: {}", file.string(),
                                opened != nullptr ? sqlite3_errmsg(opened) : "out of memory"));
    sqlite3_busy_timeout(opened, 5'000);
}

void Database::Close::operator()(sqlite3* database) const noexcept {
    sqlite3_close_v2(database);
}

void Database::execute(const std::string& sql) {
    check(database_.get(), sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr),
          "SQLite");
}

Statement Database::prepare(std::string_view sql) const {
    return Statement(database_.get(), sql);
}

}  // namespace sluice::store::sqlite
