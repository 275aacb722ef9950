#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::store::sqlite {

/// A prepared statement: bind from 1, step, read from 0.
///
/// Lifetime: ends before its database. Threads: those of the database.
class Statement {
  public:
    /// Errors: all members \throw Error unavailable with SQLite's own words.
    Statement(sqlite3* database, std::string_view sql);

    enum class Texts { viewed, copied };
    /// A text that is viewed must live until the last step().
    void bind(int index, std::string_view text, Texts texts = Texts::viewed);
    void bind(int index, std::int64_t number);
    void bind(int index, double number);

    /// True while there is a row to read.
    bool step();
    /// Ready for the next set of values.
    void reset();

    std::string text(int column) const;
    std::int64_t whole(int column) const;
    double real(int column) const;

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    sqlite3* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection to an SQLite file. Threads: one at a time.
class Database {
  public:
    enum class Access { read_write, read_only };

    /// Errors: \throws Error unavailable, naming the file and SQLite's reason.
    Database(const std::filesystem::path& file, Access access);

    void execute(const std::string& sql);
    Statement prepare(std::string_view sql) const;

  private:
    struct Close {
        void operator()(sqlite3* database) const noexcept;
    };
    std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace sluice::store::sqlite
