#include "http/deadline.hpp"

#include "expect_error.hpp"
#include "http_run.hpp"

#include <string>

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

Task<int> seven() {
    co_return 7;
}

Task<int> fault() {
    throw Error(ErrorCode::unavailable, "no");
    co_return 0;
}

Task<void> forever(bool& has_ended) {
    struct Mark {
        bool& ended;
        ~Mark() { ended = true; }
    } mark{has_ended};
    Timer timer(co_await asio::this_coro::executor, Clock::time_point::max());
    co_await timer.async_wait(use_task);
}

TEST(WithDeadline, GivesWhatTheWorkGives) {
    asio::io_context context(1);
    EXPECT_EQ(tests::run(context, with_deadline(10s, "work", seven())), 7);
}

TEST(WithDeadline, PassesAFaultOnAtOnce) {
    asio::io_context context(1);
    EXPECT_ERROR_SAYING(tests::run(context, with_deadline(1h, "work", fault())),
                        ErrorCode::unavailable, "no");
}

TEST(WithDeadline, EndsTheWorkBeforeItThrowsTimeout) {
    asio::io_context context(1);
    bool has_ended = false;
    EXPECT_ERROR_SAYING(tests::run(context, with_deadline(5ms, "the work", forever(has_ended))),
                        ErrorCode::timeout, "the work: not done within 5 ms");
    EXPECT_TRUE(has_ended);
}

Task<void> both(bool& has_ended) {
    co_await with_deadline(1h, "inner", forever(has_ended));
}

TEST(WithDeadline, TellsTheOuterLimitFromTheInner) {
    asio::io_context context(1);
    bool has_ended = false;
    EXPECT_ERROR_SAYING(tests::run(context, with_deadline(5ms, "outer", both(has_ended))),
                        ErrorCode::timeout, "outer: not done within 5 ms");
    EXPECT_TRUE(has_ended);
}

}  // namespace
}  // namespace sluice::http
