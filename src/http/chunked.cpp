#include "http/chunked.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluice::http {
namespace {

constexpr std::uint64_t largest_chunk = 1ULL << 60;

int hex_value(unsigned char byte) noexcept {
    if (byte >= '0' && byte <= '9') return byte - '0';
    const int letter = byte | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool is_control(unsigned char byte) noexcept {
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

}  // namespace

void ChunkScanner::fail(std::string_view problem) noexcept {
    problem_ = problem;
    state_ = State::failed;
}

void ChunkScanner::step_size_line(unsigned char byte) noexcept {
    if (++line_bytes_ > limits_.line_bytes) return fail("a chunk's size line is too long");
    const int digit = hex_value(byte);
    switch (state_) {
        case State::size_start:
            if (digit < 0) return fail("a chunk's size is not a hexadecimal number");
            left_ = static_cast<std::uint64_t>(digit);
            state_ = State::size;
            return;
        case State::size:
            if (digit >= 0) {
                if (left_ > largest_chunk / 16) return fail("a chunk's size is too large");
                left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
                return;
            }
            [[fallthrough]];
        case State::size_blank:
            if (byte == '\r') {
                state_ = State::size_lf;
            } else if (byte == ';') {
                state_ = State::extension;
            } else if (byte == ' ' || byte == '\t') {
                state_ = State::size_blank;
            } else {
                fail("a chunk's size is not a hexadecimal number");
            }
            return;
        case State::extension:
            if (byte == '\r') {
                state_ = State::size_lf;
            } else if (is_control(byte)) {
                fail("a chunk's extension has a control character");
            }
            return;
        default:  // size_lf
            if (byte != '\n') return fail("a chunk's size line does not end in CR LF");
            line_bytes_ = 0;
            state_ = left_ == 0 ? State::trailer_start : State::data;
    }
}

void ChunkScanner::step_trailer(unsigned char byte) noexcept {
    if (++trailer_bytes_ > limits_.trailer_bytes) return fail("the trailer is too long");
    switch (state_) {
        case State::trailer_start:
            if (byte == '\r') {
                state_ = State::last_lf;
            } else if (is_control(byte) || byte == ' ' || byte == '\t' || byte == ':') {
                fail("a trailer line is no field");
            } else {
                state_ = State::trailer;
            }
            return;
        case State::trailer:
            if (byte == '\r') {
                state_ = State::trailer_lf;
            } else if (is_control(byte)) {
                fail("a trailer line has a control character");
            }
            return;
        case State::trailer_lf:
            if (byte != '\n') return fail("a trailer line does not end in CR LF");
            state_ = State::trailer_start;
            return;
        default:  // last_lf
            if (byte != '\n') return fail("a chunked body does not end in CR LF");
            state_ = State::done;
    }
}

void ChunkScanner::step(unsigned char byte) noexcept {
    switch (state_) {
        case State::data_cr:
            if (byte != '\r') return fail("a chunk is longer than its size");
            state_ = State::data_lf;
            return;
        case State::data_lf:
            if (byte != '\n') return fail("a chunk does not end in CR LF");
            state_ = State::size_start;
            return;
        case State::trailer_start:
        case State::trailer:
        case State::trailer_lf:
        case State::last_lf:
            return step_trailer(byte);
        default:
            return step_size_line(byte);
    }
}

ChunkScanner::Piece ChunkScanner::next(std::string_view bytes) noexcept {
    std::size_t at = 0;
    while (state_ != State::data) {
        if (at == bytes.size() || done() || failed()) return {.used = at};
        step(static_cast<unsigned char>(bytes[at++]));
    }
    const std::size_t here = std::min<std::uint64_t>(left_, bytes.size() - at);
    left_ -= here;
    data_bytes_ += here;
    if (left_ == 0) state_ = State::data_cr;
    return {.used = at + here, .data = bytes.substr(at, here)};
}

std::size_t ChunkScanner::scan(std::string_view bytes) noexcept {
    return scan(bytes, [](std::string_view) {});
}

ChunkScanner::Decoded ChunkScanner::decode(std::span<char> bytes) noexcept {
    Decoded decoded;
    decoded.used = scan({bytes.data(), bytes.size()}, [&](std::string_view data) {
        std::memmove(bytes.data() + decoded.bytes, data.data(), data.size());
        decoded.bytes += data.size();
    });
    return decoded;
}

std::optional<std::string> ChunkScanner::rest_of_chunk(char fill, std::size_t most_fill) const {
    switch (state_) {
        case State::size_start:
            return std::string();
        case State::data:
            if (left_ > most_fill) return std::nullopt;
            return std::string(static_cast<std::size_t>(left_), fill).append(chunk_end);
        case State::data_cr:
            return std::string(chunk_end);
        case State::data_lf:
            return std::string(chunk_end.substr(1));
        default:
            return std::nullopt;
    }
}

ChunkHead::ChunkHead(std::size_t bytes) noexcept {
    char* const end = std::to_chars(text.data(), text.data() + text.size() - 2, bytes, 16).ptr;
    end[0] = '\r';
    end[1] = '\n';
    size = static_cast<std::size_t>(end + 2 - text.data());
}

}  // namespace sluice::http
