#pragma once

#include "http/head.hpp"

#include <cstdint>
#include <string_view>

namespace sluice::http {

/// How a message's body ends.
struct BodyFraming {
    enum class Kind { none, length, chunked, until_close };
    Kind kind = Kind::none;
    std::uint64_t bytes = 0;  ///< of Kind::length, never 0
};

/// Only for heads that passed refuse_ambiguous(). Source: RFC 9112, section 6.3.
BodyFraming body_framing(const RequestHead& head) noexcept;

/// `request_method` is that of the request being answered: an answer to HEAD has no body.
BodyFraming body_framing(const ResponseHead& head, std::string_view request_method) noexcept;

}  // namespace sluice::http
