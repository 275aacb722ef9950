#include "store/request_log.hpp"

#include "store/sqlite/database.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <thread>

#include "expect_error.hpp"
#include "files.hpp"

namespace sluice::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LogRow row(std::string id, std::int64_t timestamp_us) {
    LogRow made;
    made.id = std::move(id);
    made.timestamp_us = timestamp_us;
    made.object = "chat.completion";
    made.provider = "mock";
    made.model = "echo";
    made.status = "success";
    made.status_code = 200;
    made.latency_ms = 1.5;
    made.prompt_tokens = 3;
    made.completion_tokens = 4;
    made.total_tokens = 7;
    made.input = R"([{"role":"user","content":"hi"}])";
    made.output = "hi";
    return made;
}

std::vector<std::string> ids(const LogPage& page) {
    std::vector<std::string> found;
    for (const LogRow& each : page.rows) found.push_back(each.id);
    return found;
}

class RequestLogTest : public testing::Test {
  protected:
    std::filesystem::path file() const { return folder_.path() / "deep" / "logs.db"; }

    static void write(RequestLog& log, const std::vector<LogRow>& rows) {
        LogBatch batch = batch_of(rows);
        log.write(batch);
        log.flush();
    }
    static LogBatch batch_of(const std::vector<LogRow>& rows) {
        LogBatch batch;
        for (const LogRow& each : rows) batch.add() = each;
        return batch;
    }

  private:
    tests::TemporaryFolder folder_;
};

TEST_F(RequestLogTest, GivesBackEveryFieldOfARow) {
    RequestLog log(file(), 100);
    LogRow written = row("r-1", 1'000);
    written.stream = true;
    written.stop_reason = "stop";
    written.error_details = "none";
    write(log, {written});

    const LogPage page = log.query({});
    ASSERT_EQ(page.rows.size(), 1U);
    const LogRow& read = page.rows[0];
    EXPECT_EQ(read.id, "r-1");
    EXPECT_EQ(read.timestamp_us, 1'000);
    EXPECT_EQ(read.object, "chat.completion");
    EXPECT_EQ(read.provider, "mock");
    EXPECT_EQ(read.model, "echo");
    EXPECT_TRUE(read.stream);
    EXPECT_EQ(read.status, "success");
    EXPECT_EQ(read.status_code, 200);
    EXPECT_EQ(read.latency_ms, 1.5);
    EXPECT_EQ(read.prompt_tokens, 3U);
    EXPECT_EQ(read.completion_tokens, 4U);
    EXPECT_EQ(read.total_tokens, 7U);
    EXPECT_EQ(read.stop_reason, "stop");
    EXPECT_EQ(read.error_details, "none");
    EXPECT_EQ(read.input, R"([{"role":"user","content":"hi"}])");
    EXPECT_EQ(read.output, "hi");
}

TEST_F(RequestLogTest, PagesFromTheNewestToTheOldest) {
    RequestLog log(file(), 100);
    write(log, {row("a", 1), row("b", 2), row("c", 3), row("d", 4)});

    EXPECT_THAT(ids(log.query({.limit = 2})), ElementsAre("d", "c"));
    EXPECT_THAT(ids(log.query({.limit = 2, .offset = 2})), ElementsAre("b", "a"));
    EXPECT_THAT(ids(log.query({.limit = 2, .ascending = true})), ElementsAre("a", "b"));
    EXPECT_EQ(log.query({.limit = 2}).total_count, 4U);
}

TEST_F(RequestLogTest, FiltersByProviderModelStatusTimeAndContent) {
    RequestLog log(file(), 100);
    LogRow failed = row("failed", 10);
    failed.status = "error";
    failed.provider = "openai";
    failed.model = "gpt-4o";
    failed.output = "it's a \"quoted\" word";
    write(log, {row("fine", 20), failed});

    EXPECT_THAT(ids(log.query({.providers = {"openai", "other"}})), ElementsAre("failed"));
    EXPECT_THAT(ids(log.query({.models = {"echo"}})), ElementsAre("fine"));
    EXPECT_THAT(ids(log.query({.status = {"error"}})), ElementsAre("failed"));
    EXPECT_THAT(ids(log.query({.start_time_us = 15})), ElementsAre("fine"));
    EXPECT_THAT(ids(log.query({.end_time_us = 15})), ElementsAre("failed"));
    EXPECT_THAT(ids(log.query({.content_search = "it's a \"quoted\""})), ElementsAre("failed"));
    EXPECT_THAT(ids(log.query({.content_search = "A \"QUOTED\""})), ElementsAre("failed"));
    EXPECT_THAT(ids(log.query({.content_search = "' OR 1=1 --"})), ElementsAre());
    EXPECT_THAT(ids(log.query({.content_search = "w%d"})), ElementsAre());
}

TEST_F(RequestLogTest, SumsUpWhatTheFilterFinds) {
    RequestLog log(file(), 100);
    LogRow failed = row("failed", 10);
    failed.status = "error";
    failed.latency_ms = 2.5;
    write(log, {row("fine", 20), failed});

    const LogPage page = log.query({.limit = 1});
    EXPECT_EQ(page.total_count, 2U);
    EXPECT_EQ(page.success_rate, 50.0);
    EXPECT_EQ(page.average_latency_ms, 2.0);
    EXPECT_EQ(page.total_tokens, 14U);
}

TEST_F(RequestLogTest, DropsAndCountsWhatDoesNotFitInTheQueue) {
    RequestLog log(file(), 3);
    LogBatch rows;
    for (int i = 0; i < 5; ++i) rows.add() = row(fmt::format("r-{}", i), i);
    log.write(rows);
    log.flush();

    EXPECT_TRUE(rows.empty());
    EXPECT_EQ(log.dropped_rows(), 2U);
    EXPECT_EQ(log.query({}).total_count, 3U);
    EXPECT_EQ(log.queued_rows(), 0U);
}

TEST_F(RequestLogTest, TakesNoMemoryForWhatItDrops) {
    RequestLog log(file(), 3);
    sqlite::Database other(file(), sqlite::Database::Access::read_write);
    other.execute("BEGIN IMMEDIATE");  // the writer waits for its end
    LogBatch rows;
    const auto write = [&](int times) {
        for (int i = 0; i < times; ++i) {
            rows.add() = row("r", i);
            log.write(rows);
        }
    };
    write(100);
    const std::size_t before = ::mallinfo2().uordblks;
    write(100'000);
    EXPECT_LT(::mallinfo2().uordblks, before + (64U << 10));

    other.execute("COMMIT");
    log.flush();
    EXPECT_EQ(log.query({}).total_count, 3U);
    EXPECT_EQ(log.dropped_rows(), 100'097U);
}

TEST_F(RequestLogTest, WritesABatchThatIsFilledAgain) {
    RequestLog log(file(), 100);
    LogBatch rows;
    for (int i = 0; i < 20; ++i) {
        rows.add() = row(fmt::format("r-{}", i), i);
        log.write(rows);
        EXPECT_TRUE(rows.empty());
    }
    log.flush();
    EXPECT_EQ(log.query({}).total_count, 20U);
    EXPECT_THAT(ids(log.query({.limit = 1})), ElementsAre("r-19"));
}

TEST_F(RequestLogTest, WritesWhatIsQueuedBeforeItEnds) {
    {
        RequestLog log(file(), 1'000);
        LogBatch rows;
        for (int i = 0; i < 600; ++i) rows.add() = row(fmt::format("r-{}", i), i);
        log.write(rows);
    }
    EXPECT_EQ(RequestLog(file(), 10).query({}).total_count, 600U);
}

TEST_F(RequestLogTest, KeepsItsFileFromOtherUsers) {
    const RequestLog log(file(), 10);
    struct stat status{};
    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(RequestLogTest, OpensAgainAfterItsProcessWasKilledInTheMiddleOfWriting) {
    std::array<int, 2> ready{};
    ASSERT_EQ(::pipe(ready.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        RequestLog log(file(), 100'000);
        for (int i = 0;; ++i) {
            LogBatch rows = batch_of(std::vector(50, row(fmt::format("r-{}", i), i)));
            log.write(rows);
            if (i == 20) {
                log.flush();
                if (::write(ready[1], "x", 1) != 1) ::_exit(1);
            }
        }
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);

    RequestLog log(file(), 100);
    EXPECT_GE(log.query({}).total_count, 21U * 50U);
    write(log, {row("after", 1'000'000'000)});
    EXPECT_THAT(ids(log.query({.limit = 1})), ElementsAre("after"));
}

TEST_F(RequestLogTest, LetsReadersReadWhileRowsAreWritten) {
    RequestLog log(file(), 100'000);
    std::atomic<bool> done = false;
    const auto read = [&] {
        std::uint64_t seen = 0;
        do {
            const std::uint64_t now = log.query({.limit = 1}).total_count;
            EXPECT_GE(now, seen);
            seen = now;
        } while (!done);
    };
    std::thread first(read);
    std::thread second(read);
    for (int i = 0; i < 200; ++i) {
        LogBatch rows = batch_of(std::vector(50, row(fmt::format("r-{}", i), i)));
        log.write(rows);
    }
    log.flush();
    done = true;
    first.join();
    second.join();
    EXPECT_EQ(log.query({}).total_count, 10'000U);
    EXPECT_EQ(log.dropped_rows(), 0U);
}

TEST_F(RequestLogTest, RefusesAFileOfANewerVersion) {
    {
        const RequestLog log(file(), 10);
    }
    sqlite::Database(file(), sqlite::Database::Access::read_write)
        .execute("PRAGMA user_version = 9");
    EXPECT_ERROR_SAYING(RequestLog(file(), 10), ErrorCode::unavailable,
                        HasSubstr("was written by a newer sluice (schema 9)"));
}

TEST_F(RequestLogTest, CountsTheRowsThatCouldNotBeWritten) {
    RequestLog log(file(), 100);
    sqlite::Database(file(), sqlite::Database::Access::read_write).execute("DROP TABLE logs");
    write(log, {row("lost", 1), row("lost too", 2)});
    EXPECT_EQ(log.dropped_rows(), 2U);
}

TEST_F(RequestLogTest, SaysWhichFileIsNotADatabase) {
    std::filesystem::create_directories(file().parent_path());
    std::ofstream(file()) << std::string(4'096, 'x');
    EXPECT_ERROR_SAYING(RequestLog(file(), 10), ErrorCode::unavailable, HasSubstr("logs.db"));
}

TEST_F(RequestLogTest, RefusesAFolderThatCannotBeMade) {
    EXPECT_ERROR_SAYING(RequestLog("/proc/nowhere/logs.db", 10), ErrorCode::unavailable,
                        HasSubstr("/proc/nowhere"));
}

}  // namespace
}  // namespace sluice::store
