#include <sluice/log.hpp>

#include "expect_error.hpp"
#include "plugins.hpp"

#include <vector>

namespace sluice {
namespace {

using tests::call;
using tests::manifest_of;

TEST(Log, HandsOnWhatReachesTheLevel) {
    std::vector<std::string> lines;
    const LogSink sink = [&lines](LogLevel level, std::string_view message) {
        lines.push_back(std::string(to_string(level)) + ": " + std::string(message));
    };
    Plugin plugin(manifest_of("extism_text"), {.log = sink, .log_level = LogLevel::info});

    call(plugin, "log", "hello");

    EXPECT_THAT(lines, testing::ElementsAre("info: hello", "error: hello"));
}

TEST(Log, TellsGuestsTheLevel) {
    const LogSink sink = [](LogLevel, std::string_view) {};
    Plugin warning(manifest_of("extism_text"), {.log = sink, .log_level = LogLevel::warn});
    Plugin silent(manifest_of("extism_text"));

    EXPECT_ERROR_SAYING(call(warning, "level"), ErrorCode::guest_error,
                        testing::HasSubstr("returned 3"));
    EXPECT_ERROR_SAYING(call(silent, "level"), ErrorCode::guest_error,
                        testing::HasSubstr("returned 7"));
}

TEST(Log, FailsTheCallWhenTheSinkThrows) {
    const LogSink sink = [](LogLevel, std::string_view) { throw std::runtime_error("disk full"); };
    Plugin plugin(manifest_of("extism_text"), {.log = sink});

    EXPECT_ERROR_SAYING(call(plugin, "log", "hello"), ErrorCode::trap,
                        testing::HasSubstr("disk full"));
}

TEST(Log, NamesItsLevels) {
    for (const std::string_view name : {"trace", "debug", "info", "warn", "error", "off"})
        EXPECT_EQ(to_string(log_level(name).value()), name);
    EXPECT_FALSE(log_level("loud"));
}

}  // namespace
}  // namespace sluice
