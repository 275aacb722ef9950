#pragma once

#include "gateway/client.hpp"
#include "gateway/exchange.hpp"
#include "gateway/upstream_call.hpp"
#include "http/head.hpp"

#include <string>
#include <string_view>

namespace sluice::gateway {

class Worker;

/// How an answer's end is told to the client.
enum class ClientFraming { length, chunked, until_close, none };

/// The head that goes to the client: the provider's fields but those of its connection, and the
/// gateway's own.
std::string answer_head(const http::ResponseHead& head, const Exchange& exchange,
                        ClientFraming framing, std::uint64_t body_bytes);

/// Whether a field of a provider's answer goes on to the client.
bool is_for_client(const http::ResponseHead& head, const http::Field& field) noexcept;

/// Passes the answer on as it comes, read by read, and looks at it in passing. A stream that the
/// provider breaks off ends with an error event. Not for HTTP/1.0 clients of chunked answers.
/// Takes references: they belong to the awaiting frame.
http::Task<void> relay(Worker& worker, Client& client, Exchange& exchange, UpstreamCall& call);

/// The event that tells a client what went wrong inside a stream: an object in OpenAI's shape.
std::string error_event(std::string_view message);

}  // namespace sluice::gateway
