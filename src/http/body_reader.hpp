#pragma once

#include "http/chunked.hpp"
#include "http/framing.hpp"
#include "http/read_buffer.hpp"
#include "http/stream_io.hpp"
#include "http/sweep.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::http {

enum class BodyStatus {
    complete,
    need_more,  ///< only from advance()
    too_large,  ///< 413: more than the limit
    malformed,  ///< 400 (or 502); problem() says why
    cut_off,    ///< only from read_body(): the peer closed inside the body
    failed,     ///< only from read_body(): error() has the socket's error, cancellation included
};

/// Collects a body at the front of the connection's buffer, chunks decoded in place. Does no I/O.
///
/// The buffer begins with the body from the first to the last call; consume() nothing in between.
/// When complete the body is `buffer.view().substr(0, bytes())`, and what lies behind it is the
/// next message. Chunk framing and trailers are gone.
class BodyReader {
  public:
    BodyReader(BodyFraming framing, std::size_t max_bytes, ChunkLimits limits = {}) noexcept
        : framing_(framing), max_bytes_(max_bytes), chunks_(limits) {}

    /// Looks at what has come since the last call. A known length is reserved at once, so set
    /// ReadBuffer::limit() to more than `max_bytes`.
    /// Errors: \throws Error memory_limit by the buffer.
    BodyStatus advance(ReadBuffer& buffer);

    /// The peer has closed: complete for a body that ends so, else cut_off.
    BodyStatus close(ReadBuffer& buffer) noexcept;

    std::size_t bytes() const noexcept { return bytes_; }
    std::string_view problem() const noexcept { return problem_; }
    error_code error() const noexcept { return error_; }
    void fail(error_code error) noexcept { error_ = error; }

  private:
    BodyFraming framing_;
    std::size_t max_bytes_;
    ChunkScanner chunks_;
    std::size_t bytes_ = 0;
    std::string_view problem_{};
    error_code error_{};
};

/// advance() and fill() until there is an answer; `deadline` is put `between_reads` ahead each
/// time, so a slow body may take long and a silent one may not. Takes references: they belong to
/// the awaiting frame.
template <class Stream>
Task<BodyStatus> read_body(Stream& stream, ReadBuffer& buffer, BodyReader& body, Deadline& deadline,
                           Clock::duration between_reads) {
    for (;;) {
        const BodyStatus status = body.advance(buffer);
        if (status != BodyStatus::need_more) co_return status;
        deadline.expire_in(between_reads);
        const error_code error = co_await fill(stream, buffer);
        if (is_end_of_stream(error)) co_return body.close(buffer);
        if (error) {
            body.fail(error);
            co_return BodyStatus::failed;
        }
    }
}

}  // namespace sluice::http
