#pragma once

#include "gateway/exchange.hpp"
#include "http/asio_types.hpp"
#include "http/head.hpp"
#include "http/reply.hpp"

#include <string_view>

namespace sluice::gateway {

class Worker;

/// One request to any route but a chat completion: finds its answer, which may mean waiting for a
/// file, a database or a compiler on another thread.
///
/// Lifetime: what it is made of outlives it. Threads: its worker's.
class ManagementCall {
  public:
    ManagementCall(Worker& worker, const Exchange& exchange, const http::RequestHead& head,
                   std::string_view body)
        : worker_(worker), exchange_(exchange), head_(head), body_(body) {}

    http::Task<http::Reply> reply();

  private:
    http::Task<http::Reply> models();
    http::Task<http::Reply> plugins();
    http::Task<http::Reply> logs();

    Worker& worker_;
    const Exchange& exchange_;
    const http::RequestHead& head_;
    std::string_view body_;
};

}  // namespace sluice::gateway
