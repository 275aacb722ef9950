#include "gateway/edge.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace sluice::gateway {

int status_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_input:
            return 400;
        case ErrorCode::timeout:
            return 504;
        case ErrorCode::unavailable:
            return 502;
        case ErrorCode::memory_limit:
            return 503;
        case ErrorCode::cancelled:
            return 499;
        case ErrorCode::missing_export:
        case ErrorCode::trap:
        case ErrorCode::fuel_limit:
        case ErrorCode::guest_error:
        case ErrorCode::poisoned:
        case ErrorCode::internal:
            return 500;
    }
    return 500;
}

llm::ApiError own_error(int status, std::string message) {
    return {.status = status,
            .type = status == 504 ? "request_timed_out" : std::string(llm::error_type_of(status)),
            .message = std::move(message),
            .is_bifrost_error = status >= 500};
}

llm::ApiError to_api_error(std::exception_ptr fault) {
    try {
        std::rethrow_exception(std::move(fault));
    } catch (const Error& error) {
        const int status = status_of(error.code());
        if (status >= 500) spdlog::warn("request failed: {}", error.what());
        return own_error(status, error.what());
    } catch (const boost::system::system_error& error) {
        if (error.code() == boost::asio::error::operation_aborted) throw;
        spdlog::warn("provider: {}", error.what());
        return own_error(502, "no answer from the provider");
    } catch (const std::exception& error) {
        spdlog::error("request failed: {}", error.what());  // may name hosts: not for the client
        return own_error(500, "internal error");
    }
}

http::Reply error_reply(const llm::ApiError& error) {
    http::Reply reply{.status = error.status};
    reply.headers.emplace_back("Content-Type", "application/json");
    if (error.retry_after)
        reply.headers.emplace_back("Retry-After", std::to_string(error.retry_after->count()));
    reply.body = error.body.empty() ? llm::to_json(error) : error.body;
    return reply;
}

}  // namespace sluice::gateway
