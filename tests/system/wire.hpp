#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tests {

/// One answer as it came over the wire. Line ends in `head` are CRLF.
struct Answer {
    int status = 0;
    std::string head{};
    std::string body{};  ///< without its chunk framing

    /// The value of a field, whatever the spelling of its name; empty when it is not there.
    std::string field(std::string_view name) const;
    /// Status line, the fields that depend on neither time nor chance, and the body, with plain
    /// line feeds and a leading one: as a test writes it down.
    std::string text() const;
};

/// The `data:` payloads of an event stream, and whole events where they name a type.
std::vector<std::string> events_of(std::string_view body);

/// A client on a real socket. Every wait ends with an exception after 30 s.
class Wire {
  public:
    explicit Wire(std::uint16_t port);
    ~Wire();
    Wire(Wire&& other) noexcept;
    Wire& operator=(Wire&&) = delete;

    /// Sends a request written as text: the leading line feed is dropped, line ends of the head
    /// become CRLF, and `#` as the Content-Length becomes the body's size.
    void send(std::string_view request);
    /// Sends these bytes as they are.
    void send_bytes(std::string_view bytes);
    /// Sends as much as the socket takes at once; what it took.
    std::size_t send_some(std::string_view bytes);
    /// POST /v1/chat/completions with this JSON.
    void chat(std::string_view json);
    /// GET.
    void get(std::string_view target);

    /// The next whole answer. Errors: \throws std::runtime_error when the connection ends before.
    Answer receive();
    /// Everything up to and with `mark`; bytes behind it stay for the next call.
    std::string receive_until(std::string_view mark);
    /// Everything until the server closes. A reset counts as closed.
    std::string receive_all();
    /// Whether the server closes without another byte.
    bool is_closed() { return receive_all().empty(); }
    /// Whether bytes lie there now; does not wait.
    bool has_bytes();

    void close();
    /// Closes with a reset, as a client that is killed does.
    void reset();
    /// Makes the receive window as small as the system allows: a reader that stalls the server.
    static Wire with_small_window(std::uint16_t port);

  private:
    Wire(std::uint16_t port, int window_bytes);
    bool read_more();
    std::string take(std::size_t count);
    std::string receive_chunked();

    int socket_ = -1;
    std::string bytes_;
};

}  // namespace sluice::tests
