#pragma once

#include <chrono>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::http {

/// An answer as data, for what is not relayed: management, errors, short circuits.
struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
};

/// RFC 9110's words; empty for a status it does not know.
std::string_view reason_phrase(int status) noexcept;

/// `HTTP/1.1 200 OK` with its line end.
void append_status_line(std::string& out, int status);

/// One field with its line end. Names that are no tokens are left out, control characters in values
/// become blanks: what a guest or a provider says cannot split the answer in two.
void append_field(std::string& out, std::string_view name, std::string_view value);

/// What becomes of the connection after the answer.
enum class Connection {
    keep_alive,
    keep_alive_1_0,  ///< the same for an HTTP/1.0 client, which must be told
    close,
};

struct ReplyOptions {
    Connection connection = Connection::keep_alive;
    std::string_view request_method{};  ///< HEAD: the length is told, the body is not sent
    std::string_view date{};            ///< DateField::view(), or empty for none
};

/// The head of `reply` with Content-Length, Connection and the empty line. Those fields and
/// Transfer-Encoding in `reply.headers` are left out: they would contradict.
void append_head(std::string& out, const Reply& reply, const ReplyOptions& options = {});

/// What follows the head: the body, or nothing for HEAD, 1xx, 204 and 304.
std::string_view body_to_send(const Reply& reply, const ReplyOptions& options = {}) noexcept;

/// The Date field's value, made once a second. One a thread. Source: RFC 9110, section 5.6.7.
class DateField {
  public:
    /// Lifetime: until the next call.
    std::string_view view(std::chrono::system_clock::time_point now);

  private:
    std::time_t second_ = -1;
    std::string text_{};
};

}  // namespace sluice::http
