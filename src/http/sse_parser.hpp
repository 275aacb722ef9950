#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::http {

/// One server-sent event. `data` lines are joined by a line feed.
struct SseEvent {
    std::string type;  ///< empty when the stream names none
    std::string data;
    bool operator==(const SseEvent&) const = default;
};

/// Length of the first whole event in `bytes`, the empty line that ends it included; 0 when none is
/// whole yet. Lines end in LF, CR LF or CR.
///
/// `from` says how many bytes an earlier call has searched in vain; it is set for the next one, so
/// that an event which comes in many pieces is searched once. Reset it to 0 for the next event.
std::size_t whole_event(std::string_view bytes, std::size_t& from) noexcept;
std::size_t whole_event(std::string_view bytes) noexcept;

/// What a whole event says. Lifetime: views of the event, or of `joined` when it has several data
/// lines.
struct SseView {
    std::string_view type{};
    std::string_view data{};
    bool has_data =
        false;  ///< false: a comment, a ping or a lone `id`; such events are not dispatched
};

/// Reads what whole_event() cut; copies only when several data lines must be joined.
SseView read_event(std::string_view event, std::string& joined);

/// Turns the bytes of an event stream into events. Does no I/O, knows no sockets.
///
/// Bytes may be cut anywhere: feed() what came, then take next() until it is empty.
/// Errors: next() \throws Error invalid_input when an unfinished event passes `max_event_bytes`.
/// Source: WHATWG HTML, sections 9.2.5 and 9.2.6; the fields `id` and `retry` are ignored.
class SseParser {
  public:
    explicit SseParser(std::size_t max_event_bytes = 1 << 20) : max_event_bytes_(max_event_bytes) {}

    void feed(std::string_view bytes);
    std::optional<SseEvent> next();

  private:
    std::size_t max_event_bytes_;
    std::string bytes_{};
    std::size_t begin_ = 0;
    std::size_t searched_ = 0;
    std::string joined_{};
    bool at_start_ = true;  ///< a byte order mark may come
};

}  // namespace sluice::http
