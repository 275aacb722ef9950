#include "store/recordings.hpp"

#include "store/request_log.hpp"
#include "store/sqlite/database.hpp"

#include "expect_error.hpp"
#include "files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace sluice::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LogRow row(std::string id, std::int64_t timestamp_us, std::string model = "echo") {
    LogRow made;
    made.id = std::move(id);
    made.timestamp_us = timestamp_us;
    made.object = "chat.completion";
    made.provider = "mock";
    made.model = std::move(model);
    made.status = "success";
    return made;
}

LogRow recorded(std::string id, std::int64_t timestamp_us, std::string model = "echo") {
    LogRow made = row(std::move(id), timestamp_us, std::move(model));
    made.bodies =
        RecordedBodies{.request = "ask " + made.id, .answer = "told", .answer_status = 200};
    return made;
}

class RecordingsTest : public testing::Test {
  protected:
    std::filesystem::path file() const { return folder_.path() / "logs.db"; }

    void write(const std::vector<LogRow>& rows) const {
        RequestLog log(file(), 100);
        LogBatch batch;
        for (const LogRow& each : rows) batch.add() = each;
        log.write(batch);
        log.flush();
    }
    std::vector<std::string> ids(const RecordingQuery& query) const {
        RecordingReader reader(file(), query);
        std::vector<std::string> found;
        while (const auto each = reader.next()) found.push_back(each->id);
        EXPECT_EQ(found.size(), reader.count());
        return found;
    }
    /// A file as sluice wrote it before there were recordings, with one row.
    void write_version_1() const {
        sqlite::Database database(file(), sqlite::Database::Access::read_write);
        database.execute(
            "CREATE TABLE logs(id TEXT NOT NULL, timestamp INTEGER NOT NULL, object TEXT NOT NULL, "
            "provider TEXT NOT NULL, model TEXT NOT NULL, stream INTEGER NOT NULL, status TEXT NOT "
            "NULL, status_code INTEGER NOT NULL, latency REAL NOT NULL, prompt_tokens INTEGER NOT "
            "NULL, completion_tokens INTEGER NOT NULL, total_tokens INTEGER NOT NULL, stop_reason "
            "TEXT NOT NULL, error_details TEXT NOT NULL, input TEXT NOT NULL, output TEXT NOT "
            "NULL)");
        database.execute("PRAGMA user_version = 1");
        database.execute(
            "INSERT INTO logs VALUES('old',1,'chat.completion','mock','echo',0,'success',200,1.5,3,"
            "4,7,'stop','','[]','hi')");
    }

  private:
    tests::TemporaryFolder folder_;
};

TEST_F(RecordingsTest, GivesBackEveryFieldOfARecording) {
    LogRow written = row("r-1", 1'000);
    written.stream = true;
    const std::string bytes("any\0bytes\xff", 10);
    written.bodies = RecordedBodies{.request = bytes,
                                    .answer = "data: {}\n\n",
                                    .answer_status = 201,
                                    .answer_is_stream = true,
                                    .request_too_large = true,
                                    .answer_too_large = true};
    write({written});
    RecordingReader reader(file(), {});
    const auto read = reader.next();
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, "r-1");
    EXPECT_EQ(read->timestamp_us, 1'000);
    EXPECT_EQ(read->provider, "mock");
    EXPECT_EQ(read->model, "echo");
    EXPECT_TRUE(read->stream);
    EXPECT_EQ(read->bodies.request, bytes);
    EXPECT_EQ(read->bodies.answer, "data: {}\n\n");
    EXPECT_EQ(read->bodies.answer_status, 201);
    EXPECT_TRUE(read->bodies.answer_is_stream);
    EXPECT_TRUE(read->bodies.request_too_large);
    EXPECT_TRUE(read->bodies.answer_too_large);
    EXPECT_FALSE(reader.next());
}

TEST_F(RecordingsTest, GivesTheNewestOldestFirst) {
    write({recorded("a", 1), recorded("b", 2), row("without", 3), recorded("c", 4)});
    EXPECT_THAT(ids({}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(ids({.limit = 2}), ElementsAre("b", "c"));
}

TEST_F(RecordingsTest, FiltersByModelAndTime) {
    write({recorded("a", 10), recorded("b", 20, "large"), recorded("c", 30, "small")});
    EXPECT_THAT(ids({.models = {"large", "small"}}), ElementsAre("b", "c"));
    EXPECT_THAT(ids({.since_us = 20}), ElementsAre("b", "c"));
    EXPECT_THAT(ids({.models = {"large"}, .since_us = 21}), ElementsAre());
}

TEST_F(RecordingsTest, AreTheSameAfterRowsWereDeletedAndTheFileWasVacuumed) {
    write({recorded("a", 1), recorded("b", 2)});
    sqlite::Database database(file(), sqlite::Database::Access::read_write);
    database.execute("DELETE FROM logs WHERE id = 'a'");
    database.execute("VACUUM");
    EXPECT_THAT(ids({}), ElementsAre("a", "b"));
}

TEST_F(RecordingsTest, SaysWhichSettingTurnsThemOn) {
    write({row("r-1", 1)});
    EXPECT_ERROR_SAYING(RecordingReader(file(), {}), ErrorCode::invalid_input,
                        HasSubstr("set logs_store.record_bodies to true"));
}

TEST_F(RecordingsTest, SaysSoForAFileFromBeforeThereWereAny) {
    write_version_1();
    EXPECT_ERROR_SAYING(RecordingReader(file(), {}), ErrorCode::invalid_input,
                        HasSubstr("set logs_store.record_bodies to true"));
}

TEST_F(RecordingsTest, AnOldFileKeepsItsRowsAndTakesRecordings) {
    write_version_1();
    write({recorded("new", 2)});
    RequestLog log(file(), 10);
    const LogPage page = log.query({});
    ASSERT_EQ(page.rows.size(), 2U);
    EXPECT_EQ(page.rows[1].id, "old");
    EXPECT_EQ(page.rows[1].output, "hi");
    EXPECT_THAT(ids({}), ElementsAre("new"));
    const sqlite::Database database(file(), sqlite::Database::Access::read_only);
    sqlite::Statement version = database.prepare("PRAGMA user_version");
    version.step();
    EXPECT_EQ(version.whole(0), 2);
}

TEST_F(RecordingsTest, LeavesBodiesOutWhenTooManyBytesWait) {
    constexpr std::size_t most_waiting = 64 << 20;
    LogRow large = row("large", 1);
    large.bodies = RecordedBodies{.request = std::string(most_waiting - 8, 'x')};
    LogRow next = recorded("next", 2);
    next.bodies->request = "123456789";
    RequestLog log(file(), 100);
    LogBatch batch;
    batch.add() = std::move(large);
    batch.add() = next;
    log.write(batch);
    log.flush();
    EXPECT_EQ(log.dropped_bodies(), 1U);
    EXPECT_EQ(log.query({}).total_count, 2U);
    EXPECT_THAT(ids({}), ElementsAre("large"));

    LogBatch later;
    later.add() = next;
    log.write(later);
    log.flush();
    EXPECT_EQ(log.dropped_bodies(), 1U) << "the bytes that were written count no more";
}

TEST_F(RecordingsTest, RefusesAFileThatIsNoRequestLog) {
    sqlite::Database(file(), sqlite::Database::Access::read_write)
        .execute("CREATE TABLE other(a INTEGER)");
    EXPECT_ERROR_SAYING(RecordingReader(file(), {}), ErrorCode::unavailable,
                        HasSubstr("logs.db: is no request log"));
    EXPECT_ERROR_SAYING(RecordingReader("/nowhere/logs.db", {}), ErrorCode::unavailable,
                        HasSubstr("/nowhere/logs.db"));
}

}  // namespace
}  // namespace sluice::store
