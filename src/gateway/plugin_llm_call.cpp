#include "gateway/plugin_llm_call.hpp"

#include "base/wall_clock.hpp"
#include "gateway/chat.hpp"
#include "gateway/edge.hpp"
#include "gateway/worker.hpp"

#include <boost/system/system_error.hpp>

#include <utility>
#include <variant>

namespace sluice::gateway {
namespace {

constexpr std::size_t most_buffered = 64 << 10;

Exchange new_exchange(Worker& worker) {
    Exchange exchange;
    exchange.begin = http::Clock::now();
    exchange.timestamp_us = epoch_us();
    exchange.method = "POST";
    exchange.route = find_route(exchange.method, "/v1/chat/completions");
    assign_request_id(exchange.request_id, {}, worker.random());
    return exchange;
}

hooks::HostReply reply_of(llm::Outcome outcome, Exchange& exchange) {
    if (auto* answer = std::get_if<llm::ChatResponse>(&outcome)) {
        exchange.status = 200;
        return hooks::HostReply::value(std::move(answer->body));
    }
    auto& error = std::get<llm::ApiError>(outcome);
    exchange.status = error.status;
    exchange.error = error.message.empty() ? "the provider answered with an error" : error.message;
    return hooks::HostReply::failure(error.body.empty() ? llm::to_json(error)
                                                        : std::move(error.body));
}

}  // namespace

http::Task<hooks::HostReply> ask_model(Worker& worker, std::string request) {
    // A client that is not there: its deadline is what ends the provider's call.
    Client nobody(http::Socket(worker.executor()), worker.sweep(), most_buffered);
    const http::RequestHead no_head;
    ChatMemory memory;
    Exchange exchange = new_exchange(worker);
    ChatCall call(worker, nobody, exchange, no_head, memory, ChatCall::Around::nothing);
    llm::Outcome outcome;
    std::exception_ptr fault;
    try {
        outcome = co_await call.ask(std::move(request));
    } catch (const boost::system::system_error& error) {
        if (error.code() == http::asio::error::operation_aborted)
            fault = std::current_exception();
        else
            outcome = to_api_error(std::current_exception());
    } catch (...) {
        outcome = to_api_error(std::current_exception());
    }
    hooks::HostReply reply;
    exchange.cancelled = fault != nullptr;
    if (!fault) reply = reply_of(std::move(outcome), exchange);
    worker.record(exchange);
    if (fault) std::rethrow_exception(fault);
    co_return reply;
}

}  // namespace sluice::gateway
