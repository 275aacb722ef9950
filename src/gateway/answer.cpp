#include "gateway/answer.hpp"

#include "gateway/worker.hpp"

#include <utility>

namespace sluice::gateway {

http::Task<void> send_reply(Worker& worker, Client& client, Exchange& exchange, http::Reply reply) {
    reply.headers.emplace_back("x-request-id", exchange.request_id);
    exchange.keep_alive = exchange.keep_alive && !worker.draining();
    const http::ReplyOptions options{.connection = !exchange.keep_alive ? http::Connection::close
                                                   : exchange.is_http_1_0
                                                       ? http::Connection::keep_alive_1_0
                                                       : http::Connection::keep_alive,
                                     .request_method = exchange.method,
                                     .date = worker.date()};
    std::string head;
    http::append_head(head, reply, options);
    exchange.status = reply.status;
    exchange.head_sent = true;
    http::Gather slices(head, http::body_to_send(reply, options));
    client.write_now(slices);
    if (!slices.empty()) co_await client.write(std::move(slices));
}

}  // namespace sluice::gateway
