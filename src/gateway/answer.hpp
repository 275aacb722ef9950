#pragma once

#include "gateway/client.hpp"
#include "gateway/exchange.hpp"
#include "http/reply.hpp"

namespace sluice::gateway {

class Worker;

/// Sends `reply` with the request's id, and closes behind it when the exchange says so.
/// Takes references: they belong to the awaiting session.
http::Task<void> send_reply(Worker& worker, Client& client, Exchange& exchange, http::Reply reply);

}  // namespace sluice::gateway
