#pragma once

#include "base/ascii.hpp"
#include "http/asio_types.hpp"
#include "http/read_buffer.hpp"
#include "http/stream_io.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

/// Fields that somebody in this program asks for, so that they are compared once, when parsed.
enum class FieldId : std::uint8_t {
    other,
    accept,
    accept_encoding,
    authorization,
    connection,
    content_encoding,
    content_length,
    content_type,
    cookie,
    date,
    expect,
    host,
    keep_alive,
    origin,
    proxy_authenticate,
    proxy_authorization,
    proxy_connection,
    retry_after,
    server,
    te,
    trailer,
    transfer_encoding,
    upgrade,
    user_agent,
};

/// One line of a head. Name and value are the sender's own bytes, the value without the blanks
/// around it. Lifetime: views of the head's own copy, until its next parse().
struct Field {
    FieldId id = FieldId::other;
    std::string_view name{};
    std::string_view value{};
};

/// Fields that concern one connection only and are never passed on. Fields that `Connection` names
/// are the same: Head::is_named_in_connection(). Source: RFC 9110, section 7.6.1.
constexpr bool is_hop_by_hop(FieldId id) noexcept {
    switch (id) {
        case FieldId::connection:
        case FieldId::keep_alive:
        case FieldId::proxy_authenticate:
        case FieldId::proxy_authorization:
        case FieldId::proxy_connection:
        case FieldId::te:
        case FieldId::trailer:
        case FieldId::transfer_encoding:
        case FieldId::upgrade:
            return true;
        default:
            return false;
    }
}

/// Calls `each(token)` for the parts of a comma-separated list, without the blanks around them.
template <class Each>
void for_each_token(std::string_view list, Each&& each) {
    constexpr std::string_view blanks = " \t";
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        std::string_view token = list.substr(0, comma);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
        const std::size_t first = token.find_first_not_of(blanks);
        if (first == std::string_view::npos) continue;
        each(token.substr(first, token.find_last_not_of(blanks) - first + 1));
    }
}

using sluice::equal_ignoring_case;  // of field names, and of values that are tokens

/// How far reading a head has come.
enum class HeadStatus {
    complete,   ///< the head is there; the buffer begins with the body
    need_more,  ///< only from parse(): what came is fine but not all
    malformed,  ///< 400 (or 502); problem() says why. Nothing more can be read here
    too_large,  ///< 431
    closed,     ///< only from read_head(): the peer closed before the first byte, as it may
    cut_off,    ///< only from read_head(): the peer closed inside the head
    failed,     ///< only from read_head(): error() has the socket's error, cancellation included
};

struct FirstLine;

/// What both heads have in common: the fields and the bytes they came in.
///
/// The head keeps a copy of its bytes, so the connection's buffer may grow under it; memory is kept
/// from one message to the next.
/// Lifetime: every view is valid until the next parse() or destruction.
class Head {
  public:
    static constexpr std::size_t default_limit = 64 << 10;

    Head(const Head&) = delete;
    Head& operator=(const Head&) = delete;

    std::span<const Field> fields() const noexcept { return fields_; }

    /// The value of the first such field.
    std::optional<std::string_view> find(FieldId id) const noexcept;
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    std::size_t count(FieldId id) const noexcept;

    /// 10 or 11.
    int version() const noexcept { return version_; }

    /// Whether the sender wants the connection to stay.
    bool keep_alive() const noexcept;
    bool is_named_in_connection(std::string_view field_name) const noexcept;

    /// The head's bytes as they came, from the first line to the empty one.
    std::string_view raw() const noexcept { return raw_; }

    /// Why the head is malformed or too large, for the answer; never quotes the sender.
    std::string_view problem() const noexcept { return problem_; }
    error_code error() const noexcept { return error_; }
    void fail(error_code error) noexcept { error_ = error; }

  protected:
    Head() = default;
    ~Head() = default;

    /// Looks for the end of the head and parses it; fills all but what `line` says.
    template <bool is_request>
    HeadStatus parse_lines(ReadBuffer& buffer, std::size_t limit, FirstLine& line);

    std::string raw_{};
    std::vector<Field> fields_{};
    std::string problem_{};
    error_code error_{};
    int version_ = 11;

  private:
    /// `complete` when raw_ has the whole head.
    HeadStatus take_lines(ReadBuffer& buffer, std::size_t limit);
    HeadStatus refuse(HeadStatus status, std::string problem);

    std::size_t scanned_ = 0;     ///< bytes of the buffer that hold no further line end
    std::size_t line_begin_ = 0;  ///< where the line begins that is being looked at
    bool in_progress_ = false;
};

/// The head of a request. parse() refuses what is no HTTP; refuse_ambiguous() what is two things.
class RequestHead : public Head {
  public:
    /// Goes on with what `buffer` holds. Does no I/O: call it again after the next fill().
    /// `need_more` leaves the bytes in the buffer; `complete` has consumed exactly the head.
    HeadStatus parse(ReadBuffer& buffer, std::size_t limit = default_limit);

    std::string_view method() const noexcept { return method_; }
    /// As the client wrote it; may be in absolute form (`http://host/path`).
    std::string_view target() const noexcept { return target_; }
    /// The target without scheme, authority and query.
    std::string_view path() const noexcept;
    /// What follows the first `?`, or empty; parse_query() (query.hpp) takes it apart.
    std::string_view query() const noexcept;
    /// The authority of a target in absolute form, or empty.
    std::string_view target_authority() const noexcept;
    /// Whether the client waits for `100 Continue` before it sends the body.
    bool expects_continue() const noexcept;

  private:
    std::string_view method_{};
    std::string_view target_{};
};

/// The head of a response.
class ResponseHead : public Head {
  public:
    HeadStatus parse(ReadBuffer& buffer, std::size_t limit = default_limit);

    int status() const noexcept { return status_; }
    std::string_view reason() const noexcept { return reason_; }
    /// 100 to 199 without 101: the real answer is still to come.
    bool is_interim() const noexcept { return status_ / 100 == 1 && status_ != 101; }

  private:
    int status_ = 0;
    std::string_view reason_{};
};

/// parse() and fill() until there is an answer other than need_more. A response's head that
/// is_interim() is followed by another one: read again.
/// Takes references: they belong to the awaiting frame.
template <class AnyHead, class Stream>
Task<HeadStatus> read_head(AnyHead& head, Stream& stream, ReadBuffer& buffer,
                           std::size_t limit = Head::default_limit) {
    bool any = !buffer.empty();
    for (;;) {
        const HeadStatus status = head.parse(buffer, limit);
        if (status != HeadStatus::need_more) co_return status;
        error_code error;
        buffer.make_room();  // as fill(), without a coroutine of its own
        const std::size_t read = co_await read_some(stream, buffer.space(), error);
        buffer.commit(read);
        if (is_end_of_stream(error)) {
            co_return any ? HeadStatus::cut_off : HeadStatus::closed;
        }
        if (error) {
            head.fail(error);
            co_return HeadStatus::failed;
        }
        any = true;
    }
}

}  // namespace sluice::http
