#include "http/sse_parser.hpp"

#include <sluice/error.hpp>

#include <string>
#include <utility>

namespace sluice::http {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t compact_above = 16 << 10;

/// Takes one line off `rest`, without its end.
std::string_view take_line(std::string_view& rest) noexcept {
    const std::size_t end = rest.find_first_of("\r\n");
    const std::string_view line = rest.substr(0, end);
    if (end == std::string_view::npos) {
        rest = {};
    } else {
        const bool is_pair = rest[end] == '\r' && end + 1 < rest.size() && rest[end + 1] == '\n';
        rest.remove_prefix(end + (is_pair ? 2 : 1));
    }
    return line;
}

}  // namespace

std::size_t whole_event(std::string_view bytes, std::size_t& from) noexcept {
    // `from` is the beginning of a line: what lies before it holds no empty line.
    std::size_t line = from;
    for (;;) {
        const std::size_t end = bytes.find_first_of("\r\n", line);
        if (end == std::string_view::npos) {
            from = line;
            return 0;
        }
        const bool is_last = end + 1 == bytes.size();
        const bool is_pair = bytes[end] == '\r' && !is_last && bytes[end + 1] == '\n';
        const std::size_t next = end + (is_pair ? 2 : 1);
        if (end == line) return next;
        // Half of a CR LF, perhaps: its line feed must not read as an empty line.
        if (bytes[end] == '\r' && is_last) {
            from = line;
            return 0;
        }
        line = next;
    }
}

std::size_t whole_event(std::string_view bytes) noexcept {
    std::size_t from = 0;
    return whole_event(bytes, from);
}

SseView read_event(std::string_view event, std::string& joined) {
    SseView view;
    bool is_joined = false;
    while (!event.empty()) {
        const std::string_view line = take_line(event);
        const std::size_t colon = line.find(':');
        const std::string_view field = line.substr(0, colon);
        std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (field == "event") {
            view.type = value;
        } else if (field == "data" && !view.has_data) {
            view.has_data = true;
            view.data = value;
        } else if (field == "data") {
            if (!std::exchange(is_joined, true)) joined.assign(view.data);
            joined += '\n';
            joined += value;
            view.data = joined;
        }
    }
    return view;
}

void SseParser::feed(std::string_view bytes) {
    if (begin_ == bytes_.size()) {
        bytes_.clear();
        begin_ = 0;
    } else if (begin_ > compact_above) {
        bytes_.erase(0, begin_);
        begin_ = 0;
    }
    bytes_ += bytes;
}

std::optional<SseEvent> SseParser::next() {
    for (;;) {
        std::string_view rest = std::string_view(bytes_).substr(begin_);
        if (at_start_ && rest.size() < byte_order_mark.size() && byte_order_mark.starts_with(rest))
            return std::nullopt;
        if (at_start_ && rest.starts_with(byte_order_mark)) {
            begin_ += byte_order_mark.size();
            rest.remove_prefix(byte_order_mark.size());
        }
        at_start_ = false;

        const std::size_t size = whole_event(rest, searched_);
        if (size == 0 && rest.size() <= max_event_bytes_) return std::nullopt;
        // Where its CR and LF come apart, the LF counts for the event behind it.
        const bool ends_in_pair = rest.substr(0, size).ends_with("\r\n");
        if (size == 0 || size - (ends_in_pair ? 1 : 0) > max_event_bytes_)
            throw Error(ErrorCode::invalid_input, "an event of the stream is larger than " +
                                                      std::to_string(max_event_bytes_) + " bytes");
        begin_ += size;
        searched_ = 0;
        const SseView event = read_event(rest.substr(0, size), joined_);
        if (event.has_data)
            return SseEvent{.type = std::string(event.type), .data = std::string(event.data)};
    }
}

}  // namespace sluice::http
