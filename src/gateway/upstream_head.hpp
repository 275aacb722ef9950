#pragma once

#include "gateway/plugin_chain.hpp"
#include "gateway/providers.hpp"
#include "http/head.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// Whether a client's field goes on to the provider: not what concerns the client's connection or
/// the body's framing, not its credentials, not what the gateway says itself, nothing that names
/// the gateway's own options. `x-bf-eh-NAME` goes on as NAME, see forwarded_name().
bool is_for_provider(std::string_view name) noexcept;

/// The name that a client's field goes on by; empty when it stays here.
std::string_view forwarded_name(std::string_view name) noexcept;

/// Makes `head` the whole head of a chat completion: the provider's own fields, and what the
/// client's add.
void assign_upstream_head(std::string& head, const Choice& choice, const http::RequestHead& client,
                          std::string_view request_id, std::size_t body_bytes);

/// The same from the fields that HTTP hooks left.
void assign_upstream_head(std::string& head, const Choice& choice, const HttpRequestData& client,
                          std::string_view request_id, std::size_t body_bytes);

}  // namespace sluice::gateway
