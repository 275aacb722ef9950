#pragma once

#include "http/head.hpp"

#include <optional>
#include <string_view>

namespace sluice::http {

/// Why a request that Beast's parser let pass must not be served: two readers could see two
/// different requests in it. Answer 400 with this text and close the connection.
///
/// Refused: Transfer-Encoding with Content-Length, other than exactly `chunked`, repeated, or in
/// HTTP/1.0; several, listed, signed or empty Content-Lengths; no Host (HTTP/1.1), two, one that is
/// no authority, or one that differs from an absolute target's; control characters in values.
/// RequestHead::parse() has refused bare LF, folded lines and blanks before the colon already.
/// Lifetime: static text. Source: RFC 9112, sections 3.2, 5.2, 6.1 and 6.3.
std::optional<std::string_view> refuse_ambiguous(const RequestHead& head) noexcept;

/// The same for an upstream's answer: 502, and the link is closed.
std::optional<std::string_view> refuse_ambiguous(const ResponseHead& head) noexcept;

}  // namespace sluice::http
