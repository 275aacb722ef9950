#include "extism.hpp"
#include "files.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace extism_tests {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

/// The log is the process's: each test runs in one of its own, and ends it here.
[[noreturn]] void end_process() {
    std::exit(testing::Test::HasFailure() ? 1 : 0);
}

std::vector<std::string> drained_lines;
std::vector<std::string> drain() {
    drained_lines.clear();
    extism_log_drain([](const char* data, ExtismSize size) {
        EXPECT_EQ(data[size], '\0');
        drained_lines.emplace_back(data, size);
    });
    return drained_lines;
}

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator(file), {}};
}

class LogTest : public testing::Test {
  protected:
    LogTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
    static Plugin text_plugin() { return plugin_of(sluice::tests::guest("extism_text")); }
};

TEST_F(LogTest, TellsGuestsThatItIsOffUntilAWayIsChosen) {
    const auto body = [] {
        const Plugin plugin = text_plugin();
        EXPECT_EQ(call(plugin, "level"), 7);
        EXPECT_TRUE(extism_log_custom("debug"));
        EXPECT_EQ(call(plugin, "level"), 1);
        end_process();
    };
    EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST_F(LogTest, KeepsLinesUntilTheyAreDrained) {
    const auto body = [] {
        EXPECT_TRUE(extism_log_custom("INFO"));
        const Plugin plugin = text_plugin();
        EXPECT_EQ(call(plugin, "log", "hello"), 0);
        const std::string time = "20[0-9-]*T[0-9:]*\\.[0-9]{6}Z ";
        const std::string id = "plugin=\"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f-]{17}\"\n";
        EXPECT_THAT(drain(), ElementsAre(MatchesRegex(time + " INFO extism::pdk: hello " + id),
                                         MatchesRegex(time + "ERROR extism::pdk: hello " + id)));
        EXPECT_THAT(drain(), IsEmpty());
        end_process();
    };
    EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST_F(LogTest, HasFailingCallsInIt) {
    const auto body = [] {
        EXPECT_TRUE(extism_log_custom(nullptr));
        const Plugin plugin = text_plugin();
        call(plugin, "fail_and_trap", "no such colour");
        EXPECT_THAT(drain(), ElementsAre(AllOf(HasSubstr("ERROR"), HasSubstr("unreachable"),
                                               HasSubstr("no such colour"))));
        end_process();
    };
    EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST_F(LogTest, HandsOutTextsThatEveryLanguageCanRead) {
    const auto body = [] {
        using namespace std::string_view_literals;
        EXPECT_TRUE(extism_log_custom("error"));
        const Plugin plugin = text_plugin();
        EXPECT_EQ(call(plugin, "log", "a\0b\xff"sv), 0);
        EXPECT_THAT(drain(), ElementsAre(HasSubstr("a b?")));
        end_process();
    };
    EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST_F(LogTest, CountsWhatItDoesNotKeep) {
    const auto body = [] {
        EXPECT_TRUE(extism_log_custom("info"));
        const Plugin plugin = text_plugin();
        const std::string megabyte(1 << 20, 'x');
        for (int i = 0; i < 10; ++i) EXPECT_EQ(call(plugin, "log", megabyte), 0);
        const auto lines = drain();
        ASSERT_EQ(lines.size(), 16U);
        EXPECT_THAT(lines.back(), HasSubstr("5 lines were not kept"));
        EXPECT_EQ(call(plugin, "log", "again"), 0);
        EXPECT_EQ(drain().size(), 2U);
        end_process();
    };
    EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST_F(LogTest, AppendsToAFileAndKeepsToItsFirstWay) {
    const auto body = [] {
        const sluice::tests::TemporaryFolder folder;
        const std::filesystem::path path = folder.path() / "plugins.log";
        std::ofstream(path) << "before\n";
        EXPECT_FALSE(extism_log_file((folder.path() / "no" / "such").c_str(), "info"));
        EXPECT_TRUE(extism_log_file(path.c_str(), "extism=warn,cranelift=debug"));
        EXPECT_FALSE(extism_log_file(path.c_str(), "info"));
        EXPECT_FALSE(extism_log_custom("info"));
        EXPECT_EQ(call(text_plugin(), "log", "hello"), 0);
        EXPECT_THAT(content(path), MatchesRegex("before\n[^\n]*ERROR extism::pdk: hello [^\n]*\n"));
        end_process();
    };
    EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST_F(LogTest, GoesToStandardErrorByDefault) {
    const auto body = [] {
        EXPECT_TRUE(extism_log_file(nullptr, nullptr));
        EXPECT_EQ(call(text_plugin(), "log", "to stderr"), 0);
        end_process();
    };
    EXPECT_EXIT(body(), testing::ExitedWithCode(0), "ERROR extism::pdk: to stderr");
}

TEST_F(LogTest, ReadsFiltersAsExtismDoes) {
    const auto body = [](const char* filter, std::int32_t expected) {
        extism_log_custom(filter);
        const Plugin plugin = text_plugin();
        EXPECT_EQ(call(plugin, "level"), expected) << filter;
        end_process();
    };
    EXPECT_EXIT(body("Trace", 0), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(body("warn", 3), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(body("off", 7), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(body("extism", 0), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(body("extism::pdk=info, wasmtime=trace", 2), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(body("error,extism=debug", 1), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(body("wasmtime=trace", 7), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(body("", 7), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace extism_tests
