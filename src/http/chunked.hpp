#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::http {

/// Bounds of what surrounds the data in a chunked body; a sender could else talk without end.
struct ChunkLimits {
    std::size_t line_bytes = 4096;      ///< one chunk's size line, extensions included
    std::size_t trailer_bytes = 16384;  ///< all trailer fields
};

/// Follows a chunked body and finds its end. Does no I/O, keeps no bytes.
///
/// Bytes may be cut anywhere. Once failed() or done() nothing more is taken.
/// Errors: failed(), and problem() says why: a size that is not hexadecimal or above 2^60, a line
///     that does not end in CR LF, control characters, or a bound of ChunkLimits.
/// Source: RFC 9112, section 7.1.
class ChunkScanner {
  public:
    explicit ChunkScanner(ChunkLimits limits = {}) noexcept : limits_(limits) {}

    /// Follows `bytes` in passing; how many of them belong to this body (all until its end).
    std::size_t scan(std::string_view bytes) noexcept;

    /// The same, and `data(std::string_view)` gets each piece of a chunk's data.
    template <class Data>
    std::size_t scan(std::string_view bytes, Data&& data) {
        std::size_t at = 0;
        while (at < bytes.size() && state_ != State::done && state_ != State::failed) {
            const Piece piece = next(bytes.substr(at));
            if (!piece.data.empty()) data(piece.data);
            at += piece.used;
        }
        return at;
    }

    struct Decoded {
        std::size_t used = 0;   ///< bytes that belong to this body
        std::size_t bytes = 0;  ///< data, now at the front of the given span
    };
    /// The same in place: chunk data is moved together at the front of `bytes`.
    Decoded decode(std::span<char> bytes) noexcept;

    bool done() const noexcept { return state_ == State::done; }
    bool failed() const noexcept { return state_ == State::failed; }
    /// What completes the chunk that has begun, so that another one may be put behind it: `fill` in
    /// the place of the data that did not come, then the line's end. Empty between two chunks.
    /// Nothing where the body cannot go on with a chunk (inside a size line, whose last digit need
    /// not have come; from the last chunk on), or when more than `most_fill` bytes are missing.
    std::optional<std::string> rest_of_chunk(char fill, std::size_t most_fill) const;
    /// Static text; empty unless failed().
    std::string_view problem() const noexcept { return problem_; }
    /// Data seen so far.
    std::uint64_t data_bytes() const noexcept { return data_bytes_; }

  private:
    enum class State : std::uint8_t {
        size_start,  ///< the first digit of a size
        size,        ///< further digits, or what ends them
        size_blank,  ///< blanks behind the digits
        extension,   ///< after the size until CR
        size_lf,     ///< LF that ends the size line
        data,
        data_cr,
        data_lf,
        trailer_start,  ///< the first byte of a line behind the last chunk
        trailer,
        trailer_lf,
        last_lf,
        done,
        failed,
    };
    struct Piece {
        std::size_t used = 0;
        std::string_view data{};
    };
    Piece next(std::string_view bytes) noexcept;
    void step(unsigned char byte) noexcept;
    void step_size_line(unsigned char byte) noexcept;
    void step_trailer(unsigned char byte) noexcept;
    void fail(std::string_view problem) noexcept;

    ChunkLimits limits_;
    State state_ = State::size_start;
    std::uint64_t left_ = 0;  ///< of the present chunk; its size while that is being read
    std::uint64_t data_bytes_ = 0;
    std::size_t line_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::string_view problem_{};
};

/// The size line that goes before a chunk of `bytes` (not 0); the chunk's data and chunk_end
/// follow.
struct ChunkHead {
    explicit ChunkHead(std::size_t bytes) noexcept;
    std::string_view view() const noexcept { return {text.data(), size}; }

    std::array<char, 18> text{};
    std::size_t size = 0;
};
inline constexpr std::string_view chunk_end = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace sluice::http
