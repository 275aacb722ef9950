#include "http/reply.hpp"

#include "http/head.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace sluice::http {
namespace {

struct Phrase {
    int status;
    std::string_view text;
};

constexpr std::array phrases{
    Phrase{100, "Continue"},
    Phrase{101, "Switching Protocols"},
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{203, "Non-Authoritative Information"},
    Phrase{204, "No Content"},
    Phrase{205, "Reset Content"},
    Phrase{206, "Partial Content"},
    Phrase{300, "Multiple Choices"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{402, "Payment Required"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{407, "Proxy Authentication Required"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{416, "Range Not Satisfiable"},
    Phrase{417, "Expectation Failed"},
    Phrase{421, "Misdirected Request"},
    Phrase{422, "Unprocessable Content"},
    Phrase{424, "Failed Dependency"},
    Phrase{425, "Too Early"},
    Phrase{426, "Upgrade Required"},
    Phrase{428, "Precondition Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{451, "Unavailable For Legal Reasons"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

bool is_token(std::string_view name) noexcept {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    for (const char c : name) {
        const bool is_word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && marks.find(c) == std::string_view::npos) return false;
    }
    return !name.empty();
}

bool is_ours(std::string_view name) noexcept {
    return equal_ignoring_case(name, "content-length") || equal_ignoring_case(name, "connection") ||
           equal_ignoring_case(name, "transfer-encoding") ||
           equal_ignoring_case(name, "keep-alive");
}

bool has_no_body(int status) noexcept {
    return status / 100 == 1 || status == 204 || status == 304;
}

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
    for (const Phrase& phrase : phrases)
        if (phrase.status == status) return phrase.text;
    return {};
}

void append_status_line(std::string& out, int status) {
    // Three digits or no client understands the rest; a guest may have asked for anything.
    const int shown = status >= 100 && status <= 999 ? status : 500;
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(shown));
    out += ' ';
    out += reason_phrase(shown);
    out += "\r\n";
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    if (!is_token(name)) return;
    out += name;
    out += ": ";
    const std::size_t begin = out.size();
    out += value;
    for (std::size_t at = begin; at < out.size(); ++at) {
        const auto byte = static_cast<unsigned char>(out[at]);
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) out[at] = ' ';
    }
    out += "\r\n";
}

void append_head(std::string& out, const Reply& reply, const ReplyOptions& options) {
    append_status_line(out, reply.status);
    for (const auto& [name, value] : reply.headers)
        if (!is_ours(name)) append_field(out, name, value);
    if (!options.date.empty()) append_field(out, "Date", options.date);
    if (!has_no_body(reply.status)) {
        out += "Content-Length: ";
        append_number(out, reply.body.size());
        out += "\r\n";
    }
    if (options.connection == Connection::close) out += "Connection: close\r\n";
    if (options.connection == Connection::keep_alive_1_0) out += "Connection: keep-alive\r\n";
    out += "\r\n";
}

std::string_view body_to_send(const Reply& reply, const ReplyOptions& options) noexcept {
    if (has_no_body(reply.status) || options.request_method == "HEAD") return {};
    return reply.body;
}

std::string_view DateField::view(std::chrono::system_clock::time_point now) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t second = std::chrono::system_clock::to_time_t(now);
    if (second == second_) return text_;
    std::tm utc{};
    ::gmtime_r(&second, &utc);
    std::array<char, 40> text{};
    // Not strftime: its names of days and months follow the locale.
    const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon],
                                   utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    text_.assign(text.data(), static_cast<std::size_t>(size));
    second_ = second;
    return text_;
}

}  // namespace sluice::http
