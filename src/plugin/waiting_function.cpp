#include <sluice/waiting_function.hpp>

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::waiting_function_detail {

bool Wait::fail(std::exception_ptr fault) {
    return end([&] { fault_ = std::move(fault); });
}

void Wait::await(CurrentPlugin& plugin, const WaitOptions& options) {
    const auto limit = std::chrono::steady_clock::now() + options.limit;
    const auto until = options.charged ? std::min(limit, plugin.deadline()) : limit;
    const std::stop_token cancel = plugin.cancel();
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, cancel, until, [this] { return ended_; })) {
        if (fault_) std::rethrow_exception(fault_);
        return;
    }
    ended_ = true;  // whatever comes now comes too late
    lock.unlock();
    abandoned_.request_stop();
    if (cancel.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled, while it waited");
    if (until < limit)
        throw Error(ErrorCode::timeout, "stopped at the call's deadline, while it waited");
    throw Error(ErrorCode::timeout,
                fmt::format("gave no answer within its limit of {} ms", options.limit.count()));
}

}  // namespace sluice::waiting_function_detail
