#include "wasm/instance.hpp"

#include "guests.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::wasm {
namespace {

using testing::HasSubstr;
using Progress = FiberCall::Progress;

constexpr std::int32_t success = 0;
constexpr std::int32_t badf = 8;
constexpr std::int32_t fault = 21;
constexpr std::int32_t inval = 28;
constexpr auto hour = std::chrono::nanoseconds(1h).count();

template <class T>
T at(Instance& instance, std::size_t address) {
    T value{};
    std::memcpy(&value, &instance.memory()[address], sizeof(T));
    return value;
}

template <class T>
void put(Instance& instance, std::size_t address, T value) {
    std::memcpy(&instance.memory()[address], &value, sizeof(T));
}

TEST(Wasi, OffersEveryFunctionOfPreviewOne) {
    Instance instance = started("wasi_all");
    EXPECT_EQ(instance.module().imports().size(), 46U);
    EXPECT_EQ(call(instance, "quick").i32, 7);
}

TEST(Wasi, HandsOutWhatTheGuestPrints) {
    std::string printed;
    Instance instance = started("wasi_calls", {.output = [&](int fd, std::string_view text) {
                                    printed += fmt::format("{}:{}|", fd, text);
                                }});
    EXPECT_EQ(call(instance, "print", {i32(1)}).i32, success);
    EXPECT_EQ(call(instance, "print", {i32(2)}).i32, success);
    EXPECT_EQ(call(instance, "print", {i32(0)}).i32, badf);
    EXPECT_EQ(call(instance, "print", {i32(3)}).i32, badf);
    EXPECT_EQ(printed, "1:Hello |1:world\n|2:Hello |2:world\n|");
    EXPECT_EQ(at<std::uint32_t>(instance, 64), 12U);
}

TEST(Wasi, PrintsNowhereByDefault) {
    Instance instance = started("wasi_calls");
    EXPECT_EQ(call(instance, "print", {i32(1)}).i32, success);
}

TEST(Wasi, WritesAtMostAMegabyteAtOnce) {
    std::size_t printed = 0;
    Instance instance = started(
        "wasi_calls", {.output = [&](int, std::string_view text) { printed += text.size(); }});
    ASSERT_TRUE(instance.grow_memory(40));
    put(instance, 128, std::array<std::uint32_t, 4>{0, 900'000, 0, 900'000});
    EXPECT_EQ(call(instance, "fd_write", {i32(1), i32(128), i32(2), i32(64)}).i32, success);
    EXPECT_EQ(printed, std::size_t{1} << 20);
    EXPECT_EQ(at<std::uint32_t>(instance, 64), 1U << 20);
}

TEST(Wasi, AnswersPointersOutsideTheMemoryWithAnError) {
    Instance instance = started("wasi_calls");
    for (const std::int32_t outside : {65'536, 65'533, -1, -4, -8, INT32_MIN}) {
        EXPECT_EQ(call(instance, "fd_write", {i32(1), i32(outside), i32(1), i32(64)}).i32, fault);
        EXPECT_EQ(call(instance, "fd_write", {i32(1), i32(0), i32(1), i32(outside)}).i32, fault);
        EXPECT_EQ(call(instance, "random_get", {i32(outside), i32(16)}).i32, fault);
        EXPECT_EQ(call(instance, "clock_time_get", {i32(0), i64(0), i32(outside)}).i32, fault);
        EXPECT_EQ(call(instance, "fd_fdstat_get", {i32(1), i32(outside)}).i32, fault);
        EXPECT_EQ(call(instance, "args_sizes_get", {i32(0), i32(outside)}).i32, fault);
    }
    put(instance, 128, std::array<std::uint32_t, 2>{0, 65'537});
    EXPECT_EQ(call(instance, "fd_write", {i32(1), i32(128), i32(1), i32(64)}).i32, fault);
    EXPECT_EQ(call(instance, "fd_write", {i32(1), i32(0), i32(-1), i32(64)}).i32, inval);
    EXPECT_EQ(call(instance, "random_get", {i32(0), i32(-1)}).i32, inval);
}

TEST(Wasi, AcceptsUnalignedPointers) {
    Instance instance = started("wasi_calls");
    EXPECT_EQ(call(instance, "clock_time_get", {i32(0), i64(0), i32(1001)}).i32, success);
    EXPECT_GT(at<std::uint64_t>(instance, 1001), 1'700'000'000'000'000'000U);
    EXPECT_EQ(call(instance, "clock_time_get", {i32(7), i64(0), i32(1001)}).i32, inval);
}

TEST(Wasi, GivesRandomBytes) {
    Instance instance = started("wasi_calls");
    EXPECT_EQ(call(instance, "random_get", {i32(256), i32(64)}).i32, success);
    const auto bytes = instance.memory().subspan(256, 64);
    EXPECT_GT(std::ranges::count_if(bytes, [](std::byte each) { return each != std::byte{0}; }),
              16);
}

TEST(Wasi, HasNoFilesArgumentsOrFolders) {
    Instance instance = started("wasi_calls");
    EXPECT_EQ(call(instance, "open_etc").i32, badf);
    for (const std::int32_t fd : {0, 3, 4, -1})
        EXPECT_EQ(call(instance, "fd_prestat_get", {i32(fd), i32(128)}).i32, badf);
    put(instance, 128, std::array<std::uint32_t, 2>{9, 9});
    EXPECT_EQ(call(instance, "args_sizes_get", {i32(128), i32(132)}).i32, success);
    EXPECT_EQ(at<std::uint64_t>(instance, 128), 0U);
    EXPECT_EQ(call(instance, "fd_fdstat_get", {i32(1), i32(128)}).i32, success);
    EXPECT_EQ(at<std::uint8_t>(instance, 128), 2);
    EXPECT_EQ(call(instance, "fd_fdstat_get", {i32(3), i32(128)}).i32, badf);
}

TEST(Wasi, EndsAGuestThatExitsAndKeepsItsStatus) {
    for (const int status : {0, 3, -1}) {
        Instance instance = started("wasi_calls");
        EXPECT_EQ(instance.exit_code(), std::nullopt);
        EXPECT_ERROR_SAYING(call(instance, "exit", {i32(status)}), ErrorCode::guest_error,
                            HasSubstr(fmt::format("exited with status {}", status)));
        EXPECT_EQ(instance.exit_code(), status);
    }
}

TEST(Wasi, ReportsAnExitOnAFiber) {
    Instance instance = started("wasi_calls");
    FiberCall call(instance, instance.function("exit"), std::array{i32(4)}, soon());
    EXPECT_ERROR(run(call), ErrorCode::guest_error);
    EXPECT_EQ(instance.exit_code(), 4);
}

TEST(Wasi, SuspendsTheFiberOfAGuestThatSleeps) {
    Instance instance = started("wasi_sleeper");
    const auto begin = Clock::now();
    FiberCall call(instance, instance.function("sleep"), std::array{i64(hour)}, begin + 2h);
    EXPECT_EQ(run_to_wait(call), Progress::waiting);
    EXPECT_EQ(run_to_wait(call), Progress::waiting);
    EXPECT_GE(call.wake_at(), begin + 1h);
    EXPECT_LT(call.wake_at(), Clock::now() + 1h + 1min);
}

TEST(Wasi, WakesAtTheDeadlineWhenThatIsEarlier) {
    Instance instance = started("wasi_sleeper");
    const auto deadline = soon(30min);
    FiberCall call(instance, instance.function("sleep"), std::array{i64(hour)}, deadline);
    EXPECT_EQ(run_to_wait(call), Progress::waiting);
    EXPECT_EQ(call.wake_at(), deadline);
}

TEST(Wasi, StopsTheFiberOfASleepingGuestAtItsDeadline) {
    Instance instance = started("wasi_sleeper");
    FiberCall call(instance, instance.function("sleep"), std::array{i64(hour)}, soon(5ms));
    EXPECT_ERROR_SAYING(run(call), ErrorCode::timeout,
                        HasSubstr("`sleep`: stopped at its deadline"));
}

TEST(Wasi, LetsAGuestGoOnAfterItsSleep) {
    Instance instance = started("wasi_sleeper");
    constexpr std::int64_t nap = 3'000'000;
    FiberCall sleeper(instance, instance.function("sleep"), std::array{i64(nap)}, soon());
    EXPECT_GT(run(sleeper), 0);
    EXPECT_GE(sleeper.results()[0].i64, nap);
    EXPECT_GE(call(instance, "sleep", {i64(nap)}).i64, nap);
    EXPECT_EQ(call(instance, "quick").i32, 7);
}

TEST(Wasi, StopsASleepingGuestAtItsDeadline) {
    Instance instance = started("wasi_sleeper");
    EXPECT_ERROR(call(instance, "sleep", {i64(hour)}, 5ms), ErrorCode::timeout);
}

TEST(Wasi, StopsASleepingGuestWhenItsCallIsDestroyed) {
    Instance instance = started("wasi_sleeper");
    {
        FiberCall call(instance, instance.function("sleep"), std::array{i64(hour)}, soon());
        EXPECT_EQ(run_to_wait(call), Progress::waiting);
    }
    EXPECT_ERROR(call(instance, "quick"), ErrorCode::poisoned);
}

TEST(Wasi, ChecksWhatPollIsGiven) {
    Instance instance = started("wasi_sleeper");
    const auto poll = [&](std::int32_t in, std::int32_t out, std::int32_t count,
                          std::int32_t ready) {
        return call(instance, "poll", {i32(in), i32(out), i32(count), i32(ready)}).i32;
    };
    EXPECT_EQ(poll(0, 128, 0, 256), inval);
    EXPECT_EQ(poll(0, 128, -1, 256), inval);
    EXPECT_EQ(poll(65'500, 128, 1, 256), fault);
    EXPECT_EQ(poll(0, 65'520, 1, 256), fault);
    EXPECT_EQ(poll(-8, 128, 1, 256), fault);
    EXPECT_EQ(poll(0, 128, 1, 65'534), fault);
    EXPECT_EQ(poll(0, 128, 4096, 256), fault);
}

TEST(Wasi, ReportsStreamsAtOnceBesideAClock) {
    Instance instance = started("wasi_sleeper");
    // A clock of an hour, standard output, standard input, a descriptor that is not open.
    put(instance, 8, std::uint8_t{0});
    put(instance, 16, std::uint32_t{1});
    put(instance, 24, std::uint64_t{3'600'000'000'000});
    for (const auto& [index, tag, fd] : {std::array{1, 2, 1}, {2, 1, 0}, {3, 1, 5}}) {
        put(instance, 48 * index, std::uint64_t(index));
        put(instance, 48 * index + 8, static_cast<std::uint8_t>(tag));
        put(instance, 48 * index + 16, static_cast<std::uint32_t>(fd));
    }
    EXPECT_EQ(call(instance, "poll", {i32(0), i32(512), i32(4), i32(256)}).i32, success);
    EXPECT_EQ(at<std::uint32_t>(instance, 256), 3U);
    EXPECT_EQ(at<std::uint64_t>(instance, 512), 1U);
    EXPECT_EQ(at<std::uint64_t>(instance, 512 + 16), 65'536U);
    EXPECT_EQ(at<std::uint64_t>(instance, 544), 2U);
    EXPECT_EQ(at<std::uint16_t>(instance, 544 + 24), 1U);
    EXPECT_EQ(at<std::uint16_t>(instance, 576 + 8), badf);
}

}  // namespace
}  // namespace sluice::wasm
