#include "http/sweep.hpp"

#include "http/stream_io.hpp"

#include "http_run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

TEST(Sweep, ExpiresTheLateAndLeavesTheOthersAlone) {
    asio::io_context context(1);
    Sweep sweep(context.get_executor());
    int cancelled = 0;
    Deadline late(sweep, [&] { ++cancelled; });
    Deadline early(sweep, [] { FAIL() << "it has time"; });
    Deadline none(sweep, [] { FAIL() << "it has no limit"; });
    const auto now = Clock::now();
    late.expire_at(now + 1s);
    early.expire_at(now + 3s);

    sweep.run(now);
    EXPECT_FALSE(late.expired());
    sweep.run(now + 2s);
    EXPECT_TRUE(late.expired());
    EXPECT_EQ(cancelled, 1);
    EXPECT_FALSE(early.expired());
    EXPECT_FALSE(none.expired());
}

TEST(Sweep, CancelsAnewAtEachTickUntilTheLimitIsCleared) {
    asio::io_context context(1);
    Sweep sweep(context.get_executor());
    int cancelled = 0;
    Deadline deadline(sweep, [&] { ++cancelled; });
    const auto now = Clock::now();
    deadline.expire_at(now);
    sweep.run(now);
    sweep.run(now);
    EXPECT_EQ(cancelled, 2);
    deadline.clear();
    EXPECT_FALSE(deadline.expired());
    sweep.run(now + 24h);
    EXPECT_EQ(cancelled, 2);
}

TEST(Sweep, ForgetsADeadlineThatHasGone) {
    asio::io_context context(1);
    Sweep sweep(context.get_executor());
    std::vector<int> cancelled;
    std::vector<std::unique_ptr<Deadline>> deadlines;
    const auto now = Clock::now();
    for (int at = 0; at < 5; ++at) {
        deadlines.push_back(
            std::make_unique<Deadline>(sweep, [&cancelled, at] { cancelled.push_back(at); }));
        deadlines.back()->expire_at(now);
    }
    deadlines[1].reset();
    deadlines[4].reset();
    sweep.run(now);
    std::sort(cancelled.begin(), cancelled.end());
    EXPECT_EQ(cancelled, (std::vector{0, 2, 3}));
}

TEST(Sweep, WakesAReadThatIsLate) {
    asio::io_context context(1);
    Sweep sweep(context.get_executor(), 1ms);
    sweep.start();
    tests::SocketPair sockets(context);
    ReadBuffer buffer;
    Deadline deadline(sweep, [&] { sockets.near.cancel(); });
    deadline.expire_in(5ms);
    EXPECT_EQ(tests::run(context, fill(sockets.near, buffer)), asio::error::operation_aborted);
    EXPECT_TRUE(deadline.expired());
    deadline.clear();
    tests::send(sockets.far, "still alive");
    EXPECT_EQ(tests::run(context, fill(sockets.near, buffer)), error_code());
    EXPECT_EQ(buffer.view(), "still alive");
}

TEST(Sweep, NeverWakesEarly) {
    asio::io_context context(1);
    Sweep sweep(context.get_executor(), 1ms);
    sweep.start();
    tests::SocketPair sockets(context);
    ReadBuffer buffer;
    Deadline deadline(sweep, [&] { sockets.near.cancel(); });
    const auto begin = Sweep::now();
    deadline.expire_in(20ms);
    tests::run(context, fill(sockets.near, buffer));
    EXPECT_GE(Clock::now() - begin, 20ms);
}

TEST(Sweep, CallsWhatWantsEachTickAndStops) {
    asio::io_context context(1);
    Sweep sweep(context.get_executor(), 1ms);
    int ticks = 0;
    sweep.each_tick([&](Clock::time_point) {
        if (++ticks == 3) sweep.stop();
    });
    sweep.start();
    context.run();
    EXPECT_EQ(ticks, 3);
}

TEST(Sweep, MayGoWhileATickIsPending) {
    asio::io_context context(1);
    {
        Sweep sweep(context.get_executor(), 0ms);
        sweep.start();
    }
    context.run();
}

}  // namespace
}  // namespace sluice::http
