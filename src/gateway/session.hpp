#pragma once

#include "gateway/chat.hpp"
#include "gateway/client.hpp"
#include "gateway/exchange.hpp"
#include "http/asio_types.hpp"
#include "http/body_reader.hpp"
#include "http/head.hpp"
#include "http/reply.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

class Worker;

/// One client connection: a coroutine that reads request after request and answers each in order.
///
/// Lifetime: kept by the handler of its own coroutine. Threads: its worker's.
class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(Worker& worker, http::Socket socket);

    /// Returns when the connection has ended. Spawn it once, with cancellation().
    http::Task<void> run();

    http::asio::cancellation_slot cancellation() noexcept { return signal_.slot(); }

    /// Ends whatever is going on, guests and upstreams included; nothing is answered.
    void cancel();
    /// Closes now when no request has begun, else after the present one.
    void close_when_idle();

  private:
    enum class After { next_request, close, linger };

    http::Task<bool> read_head();
    http::Task<After> serve();
    http::Task<void> answer(std::exception_ptr fault);
    bool is_chat() const noexcept;
    bool is_change() const noexcept;
    std::size_t most_body_bytes() const noexcept;
    bool has_whole_body();
    http::Task<bool> read_body();
    http::Task<bool> body_is_complete(http::BodyStatus status, const http::BodyReader& body,
                                      std::size_t limit);
    http::Task<void> manage();
    http::Task<void> refuse(int status, std::string message);
    http::Task<void> refuse_head(int status, std::string message);
    void begin_exchange();

    Worker& worker_;
    Client client_;
    http::RequestHead head_{};
    Exchange exchange_{};
    ChatMemory chat_memory_{};
    std::optional<ChatCall>
        chat_{};  ///< the present one: here, so that coroutine frames stay small
    http::asio::cancellation_signal signal_{};
    bool idle_ = true;     ///< no byte of the next request has come
    bool first_ = true;    ///< no request has come yet
    bool linger_ = false;  ///< the client may still be sending what nobody will read
};

}  // namespace sluice::gateway
