#pragma once

#include "http/asio_types.hpp"

#include <sluice/error.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

namespace sluice::http {

/// Awaits `work` for at most `limit`; then it is cancelled, and has ended when this throws.
///
/// For rare, nested or short limits (connect, management, plug-in HTTP, shut-down): it costs over a
/// microsecond. A session's limits are a Deadline (sweep.hpp). `T` is void or
/// default-constructible. Errors: whatever `work` throws, at once; \throws Error timeout "`what`:
/// not done within N ms".
template <class T>
Task<T> with_deadline(Clock::duration limit, std::string what, Task<T> work) {
    const auto executor = co_await asio::this_coro::executor;
    Timer timer(executor, limit);
    // `work || timer` would wait for the first success and hold a failure back until the limit.
    auto group = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(work), asio::deferred),
        timer.async_wait(asio::deferred));
    auto both = group.async_wait(asio::experimental::wait_for_one(), use_task);
    const auto settle = [&](int first, const std::exception_ptr& failure,
                            const error_code& timer_error) {
        if (!failure) return;
        if (first == 1 && !timer_error) {
            const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
            throw Error(ErrorCode::timeout,
                        what + ": not done within " + std::to_string(ms) + " ms");
        }
        std::rethrow_exception(failure);
    };
    if constexpr (std::is_void_v<T>) {
        auto [order, failure, timer_error] = co_await std::move(both);
        settle(static_cast<int>(order[0]), failure, timer_error);
    } else {
        auto [order, failure, value, timer_error] = co_await std::move(both);
        settle(static_cast<int>(order[0]), failure, timer_error);
        co_return std::move(value);
    }
}

}  // namespace sluice::http
