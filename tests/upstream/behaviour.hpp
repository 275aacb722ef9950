#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// Where an answer breaks off with a closed connection.
enum class Cut { nowhere, before_head, inside_body, inside_chunk };

/// How the body of a plain answer is framed.
enum class Framing { content_length, chunked, until_close };

/// What the mock does with one request. Tests spell it in the model's name, as in
/// `gpt-test?status=429&retry_after=7`: every gateway passes that on, plain or streaming.
struct Behaviour {
    std::string model{};  ///< the name without provider and directives, as the answer repeats it

    int status = 200;                       ///< status=N: an error body from 400 on
    std::optional<unsigned> retry_after{};  ///< retry_after=SECONDS
    std::chrono::milliseconds delay{0};     ///< delay_ms=N: before the head
    unsigned chunks = 5;                    ///< chunks=N: words of a stream
    std::chrono::milliseconds interval{0};  ///< interval_ms=N: between two events, or two pieces
    unsigned pieces = 1;                    ///< pieces=N: a plain body comes in so many writes
    std::string gate{};       ///< gate=NAME: waits until it is opened, before the head of a plain
                              ///< answer, after `gate_after` events of a stream
    unsigned gate_after = 1;  ///< gate_after=N
    Cut cut = Cut::nowhere;  ///< cut=head | cut=body | cut=chunk (a stream's, behind a whole event)
    unsigned cut_after = 2;  ///< cut_after=N: events of a stream before it is cut
    Framing framing = Framing::content_length;  ///< framing=length | chunked | close
    std::size_t body_bytes =
        0;  ///< body_bytes=N: the answer's text is padded to a body of this size
    std::size_t chunk_bytes = 0;  ///< chunk_bytes=N: each word of a stream is padded to this size
    bool silent = false;          ///< silent: never answers
    bool echo = false;            ///< echo: the text is the whole request, head and body
    bool empty = false;           ///< empty: the body has no byte
    bool invalid = false;         ///< invalid: the body (or every event) is not JSON
    bool stale = false;           ///< stale: closes after the answer without announcing it
    bool close = false;           ///< close: announces and closes
    bool burst = false;           ///< burst: all events of a stream in one write
    bool stamp = false;           ///< stamp: events carry the time of their sending
    bool error_event = false;     ///< error_event: the stream ends with an error in place of [DONE]
    bool no_done = false;         ///< no_done: the stream ends without [DONE]
    std::string wrong{};          ///< a directive that is not known: answered with 400

    /// Whether the answer depends on the name alone and goes out at once, in one write.
    bool immediate() const;
};

Behaviour behaviour_of(std::string_view model);

}  // namespace sluice::upstream
