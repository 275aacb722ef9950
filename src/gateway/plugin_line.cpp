#include "gateway/plugin_line.hpp"

#include <boost/asio/this_coro.hpp>

namespace sluice::gateway {

/// A place in line, left when its coroutine goes on or is cancelled.
class PluginLine::Place {
  public:
    Place(PluginLine& line, http::Timer& timer)
        : line_(line), at_(line.waiting_.insert(line.waiting_.end(), &timer)) {}
    ~Place() {
        line_.waiting_.erase(at_);
        line_.go_on();  // for whoever is first now: this one may have been woken and cancelled
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    bool is_first() const { return at_ == line_.waiting_.begin(); }

  private:
    PluginLine& line_;
    std::list<http::Timer*>::iterator at_;
};

http::Task<bool> PluginLine::wait(http::Executor executor) {
    if (waiting_.size() >= pool_.plugin().options().waiting_calls) co_return false;
    http::Timer timer(executor, longest_wait);
    const auto until = timer.expiry();
    Place place(*this, timer);
    pool_.plugin().usage().waiting.raise(waiting_.size());
    while (!place.is_first() || pool_.exhausted()) {
        http::error_code ended;
        co_await timer.async_wait(http::asio::redirect_error(http::use_task, ended));
        const auto state = co_await http::asio::this_coro::cancellation_state;
        if (state.cancelled() != http::asio::cancellation_type::none)
            throw boost::system::system_error(http::asio::error::operation_aborted);
        if (http::Clock::now() >= until) co_return false;
        timer.expires_at(until);  // cancelling a wait leaves it without one
    }
    co_return true;
}

void PluginLine::go_on() noexcept {
    if (!waiting_.empty() && !pool_.exhausted()) waiting_.front()->cancel();
}

}  // namespace sluice::gateway
