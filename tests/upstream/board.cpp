#include "board.hpp"

#include <fmt/format.h>

namespace sluice::upstream {

void Signal::add(std::shared_ptr<http::Timer> timer) {
    std::erase_if(timers_, [](const auto& waiting) { return waiting.expired(); });
    timers_.push_back(timer);
}

void Signal::notify() {
    for (const auto& waiting : timers_)
        if (const auto timer = waiting.lock()) timer->cancel();
    timers_.clear();
}

void Board::count(std::uint64_t Counters::* counter, int by) {
    counters.*counter += static_cast<std::uint64_t>(static_cast<std::int64_t>(by));
    counted_.notify();
}

Prepared& Board::prepared(std::string_view model) {
    if (const auto known = prepared_.find(model); known != prepared_.end()) return known->second;
    if (prepared_.size() > 1'024) prepared_.clear();
    return prepared_.emplace(model, Prepared{.behaviour = behaviour_of(model)}).first->second;
}

void Board::open(const std::string& gate) {
    gates_[gate].open = true;
    gates_[gate].signal.notify();
}

http::Task<void> Board::wait_for_counters(std::function<bool()> done) {
    while (!done()) {
        const auto timer = std::make_shared<http::Timer>(executor_, http::Clock::time_point::max());
        counted_.add(timer);
        http::error_code woken;
        co_await timer->async_wait(http::asio::redirect_error(http::use_task, woken));
    }
}

std::string Board::stats() const {
    return fmt::format(
        R"({{"connections":{},"open":{},"requests":{},"answered":{},"closed_early":{}}})",
        counters.connections, counters.open, counters.requests, counters.answered,
        counters.closed_early);
}

}  // namespace sluice::upstream
