#include "http/client_watch.hpp"

#include "http/stream_io.hpp"

#include <boost/asio/async_result.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace sluice::http {
namespace {

/// A coroutine that waits for the pending wait; its handler's type is Asio's secret.
class Waiter {
  public:
    virtual ~Waiter() = default;
    virtual void resume(error_code error) = 0;
};

template <class Handler>
class WaiterOf : public Waiter {
  public:
    explicit WaiterOf(Handler handler) : handler_(std::move(handler)) {}
    void resume(error_code error) override { std::move(handler_)(error); }

  private:
    Handler handler_;
};

enum class Peek { nothing, bytes, end };

Peek peek(Socket& socket) noexcept {
    char byte = 0;
    const auto peeked = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (peeked > 0) return Peek::bytes;
    if (peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return Peek::nothing;
    return Peek::end;
}

/// What the pending wait owns: it alone, so that a wait which is thrown away with its io_context
/// takes the coroutine with it.
struct Pending {
    std::unique_ptr<Waiter> waiter{};
};

}  // namespace

/// Shared with the pending wait, which may end after the watch has gone.
struct ClientWatch::State {
    explicit State(Socket& watched) : socket(&watched) {}

    static void arm(const std::shared_ptr<State>& state) {
        auto pending = std::make_shared<Pending>();
        state->pending = pending;
        state->socket->async_wait(Socket::wait_read,
                                  [state, pending = std::move(pending)](const error_code& error) {
                                      state->pending.reset();
                                      if (pending->waiter != nullptr)
                                          return pending->waiter->resume(error);
                                      if (state->socket == nullptr || error || !state->on_gone)
                                          return;
                                      const Peek found = peek(*state->socket);
                                      if (found == Peek::nothing) return arm(state);
                                      if (found == Peek::bytes) return;
                                      state->is_gone = true;
                                      std::exchange(state->on_gone, nullptr)();
                                  });
    }

    /// Waits for the end of the pending wait.
    static Task<void> end_of(const std::shared_ptr<Pending>& pending, error_code& error) {
        using Token = asio::redirect_error_t<asio::use_awaitable_t<Executor>>;
        Token token(use_task, error);
        return asio::async_initiate<Token, void(error_code)>(
            [&waiter = pending->waiter]<class Handler>(Handler&& handler) {
                using Stored = WaiterOf<std::decay_t<Handler>>;
                waiter = std::make_unique<Stored>(std::forward<Handler>(handler));
            },
            token);
    }

    Socket* socket;  ///< null once the watch has gone
    std::weak_ptr<Pending> pending{};
    std::function<void()> on_gone{};
    bool is_gone = false;
};

ClientWatch::ClientWatch(Socket& socket) : state_(std::make_shared<State>(socket)) {}

ClientWatch::~ClientWatch() {
    stop();
    state_->socket = nullptr;
}

void ClientWatch::start(std::function<void()> on_gone) {
    state_->is_gone = false;
    state_->on_gone = std::move(on_gone);
    if (state_->pending.expired()) State::arm(state_);
}

void ClientWatch::stop() noexcept {
    state_->on_gone = nullptr;
}

bool ClientWatch::gone() const noexcept {
    return state_->is_gone;
}

Task<error_code> ClientWatch::fill(ReadBuffer& buffer, std::size_t least_room) {
    stop();
    error_code error;
    {
        // Not kept over the wait: the wait alone owns what it resumes.
        auto pending = state_->pending.lock();
        auto end = pending == nullptr ? std::optional<Task<void>>() : State::end_of(pending, error);
        pending.reset();
        if (end) co_await std::move(*end);
    }
    if (error) co_return error;
    // Mostly the wait has ended because something is there: then a plain read does.
    buffer.make_room(least_room);
    const std::size_t read = state_->socket->read_some(asio::buffer(buffer.space()), error);
    buffer.commit(read);
    if (error != asio::error::would_block) co_return error;
    co_return co_await http::fill(*state_->socket, buffer, least_room);
}

}  // namespace sluice::http
