#pragma once

#include "http/asio_types.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace sluice::gateway {

/// Runs `work` on `pool` while the awaiting coroutine's thread serves others: the bridge to all
/// that blocks (a database, a file).
///
/// Lifetime: the pool is joined before the awaiting thread's io_context dies. The wait cannot be
/// cancelled: `work` may use what the awaiting frame owns.
/// Errors: what `work` throws.
template <class T>
http::Task<T> run_blocking(http::asio::thread_pool& pool, std::function<T()> work) {
    const auto executor = co_await http::asio::this_coro::executor;
    std::optional<T> result;
    std::exception_ptr fault;
    auto start = [&pool, &result, &fault, executor, work = std::move(work)](auto handler) mutable {
        // std::function needs what it holds to be copyable, a handler is not: so it is shared.
        auto done = std::make_shared<decltype(handler)>(std::move(handler));
        auto guard = http::asio::make_work_guard(executor);
        http::asio::post(pool, [&result, &fault, executor, done, guard, work = std::move(work)] {
            try {
                result.emplace(work());
            } catch (...) {
                fault = std::current_exception();
            }
            http::asio::post(executor, [done] { std::move (*done)(); });
        });
    };
    auto wait =
        http::asio::async_initiate<const http::asio::use_awaitable_t<http::Executor>&, void()>(
            std::move(start), http::use_task);
    co_await std::move(wait);
    if (fault) std::rethrow_exception(fault);
    co_return std::move(*result);
}

}  // namespace sluice::gateway
