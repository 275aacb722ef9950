#pragma once

#include "behaviour.hpp"
#include "board.hpp"
#include "http/asio_types.hpp"
#include "request.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// One client's connection, from accept to close. Held by its coroutine and by its watch.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    /// `board` outlives the connection.
    Connection(http::Socket socket, Board& board);

    http::Task<void> run();

  private:
    http::Task<std::optional<Request>> read();
    http::Task<void> answer(Request request);
    http::Task<void> answer_control(Request request);
    http::Task<void> answer_plain(Request request, const Behaviour& behaviour);
    http::Task<void> answer_stream(Request request, const Behaviour& behaviour);
    http::Task<void> send(std::string_view bytes);
    http::Task<void> pause(std::chrono::milliseconds duration);
    http::Task<void> pass(const std::string& gate);
    http::Task<void> wait_until_gone();
    http::Task<void> sleep();
    void watch();
    void note_gone();
    void close();

    http::Socket socket_;
    Board& board_;
    std::string buffer_;
    std::shared_ptr<http::Timer> timer_;
    bool answering_ = false;  ///< a request is under way: a client that closes now is early
    bool watching_ = false;
    bool gone_ = false;
    bool open_ = true;
};

}  // namespace sluice::upstream
