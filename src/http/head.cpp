#include "http/head.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <string>
#include <vector>

namespace sluice::http {
/// What the first line says; a request's or a response's.
struct FirstLine {
    std::string_view method{};
    std::string_view target{};
    std::string_view reason{};
    int status = 0;
    int version = 11;
};

namespace {

namespace beast_http = boost::beast::http;
using beast_view = boost::beast::string_view;

FieldId id_of(beast_http::field field) noexcept {
    using F = beast_http::field;
    switch (field) {
        case F::accept:
            return FieldId::accept;
        case F::accept_encoding:
            return FieldId::accept_encoding;
        case F::authorization:
            return FieldId::authorization;
        case F::connection:
            return FieldId::connection;
        case F::content_encoding:
            return FieldId::content_encoding;
        case F::content_length:
            return FieldId::content_length;
        case F::content_type:
            return FieldId::content_type;
        case F::cookie:
            return FieldId::cookie;
        case F::date:
            return FieldId::date;
        case F::expect:
            return FieldId::expect;
        case F::host:
            return FieldId::host;
        case F::keep_alive:
            return FieldId::keep_alive;
        case F::origin:
            return FieldId::origin;
        case F::proxy_authenticate:
            return FieldId::proxy_authenticate;
        case F::proxy_authorization:
            return FieldId::proxy_authorization;
        case F::proxy_connection:
            return FieldId::proxy_connection;
        case F::retry_after:
            return FieldId::retry_after;
        case F::server:
            return FieldId::server;
        case F::te:
            return FieldId::te;
        case F::trailer:
            return FieldId::trailer;
        case F::transfer_encoding:
            return FieldId::transfer_encoding;
        case F::upgrade:
            return FieldId::upgrade;
        case F::user_agent:
            return FieldId::user_agent;
        default:
            return FieldId::other;
    }
}

std::string_view view_of(beast_view text) noexcept {
    return {text.data(), text.size()};
}

/// Beast's parser, used for one complete head: its callbacks hand out views of the bytes given to
/// put(), so that nothing is copied or allocated.
template <bool is_request>
class HeadParser : public beast_http::basic_parser<is_request> {
  public:
    HeadParser(FirstLine& line, std::vector<Field>& fields) : line_(line), fields_(fields) {
        this->body_limit(boost::none);
    }

    error_code parse(std::string_view head) {
        this->header_limit(static_cast<std::uint32_t>(head.size() + 1));
        error_code error;
        this->put(asio::buffer(head.data(), head.size()), error);
        if (!error && !this->is_header_done()) return beast_http::error::partial_message;
        return error;
    }

  private:
    void on_request_impl(beast_http::verb, beast_view method, beast_view target, int version,
                         error_code&) override {
        line_.method = view_of(method);
        line_.target = view_of(target);
        line_.version = version;
    }
    void on_response_impl(int status, beast_view reason, int version, error_code&) override {
        line_.status = status;
        line_.reason = view_of(reason);
        line_.version = version;
    }
    void on_field_impl(beast_http::field field, beast_view name, beast_view value,
                       error_code&) override {
        fields_.push_back({id_of(field), view_of(name), view_of(value)});
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast_view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast_view, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}

    FirstLine& line_;
    std::vector<Field>& fields_;
};

}  // namespace

template <bool is_request>
HeadStatus Head::parse_lines(ReadBuffer& buffer, std::size_t limit, FirstLine& line) {
    const HeadStatus status = take_lines(buffer, limit);
    if (status != HeadStatus::complete) return status;
    HeadParser<is_request> parser(line, fields_);
    if (const error_code error = parser.parse(raw_))
        return refuse(HeadStatus::malformed, "malformed head: " + error.message());
    version_ = line.version;
    return HeadStatus::complete;
}

HeadStatus RequestHead::parse(ReadBuffer& buffer, std::size_t limit) {
    // Some old clients send empty lines after a body. Source: RFC 9112, section 2.2.
    while (buffer.view().starts_with("\r\n")) buffer.consume(2);
    if (buffer.view() == "\r") return HeadStatus::need_more;

    FirstLine line;
    const HeadStatus status = parse_lines<true>(buffer, limit, line);
    if (status != HeadStatus::complete) return status;
    method_ = line.method;
    target_ = line.target;
    return HeadStatus::complete;
}

HeadStatus ResponseHead::parse(ReadBuffer& buffer, std::size_t limit) {
    FirstLine line;
    const HeadStatus status = parse_lines<false>(buffer, limit, line);
    if (status != HeadStatus::complete) return status;
    status_ = line.status;
    reason_ = line.reason;
    return HeadStatus::complete;
}

}  // namespace sluice::http
