#pragma once

#include "base/uuid.hpp"
#include "gateway/providers.hpp"
#include "gateway/recording.hpp"
#include "gateway/routes.hpp"
#include "http/asio_types.hpp"
#include "llm/outcome.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// One request on its way through the gateway: what its answer, its log row and its series need.
///
/// Lifetime: `method` views the request's head; the rest is its own.
struct Exchange {
    http::Clock::time_point begin{};
    std::int64_t timestamp_us = 0;  ///< since the epoch
    std::string_view method{};
    RouteMatch route{};
    std::string request_id{};
    bool keep_alive = true;
    bool is_http_1_0 = false;  ///< its client understands no chunks

    std::size_t body_bytes = 0;  ///< of the request's body, still in front of the client's buffer
    int status = 0;              ///< as sent
    bool head_sent =
        false;  ///< from here on a fault can only be told inside the answer, or by closing
    bool cancelled = false;

    const Provider* provider = nullptr;  ///< empty until one was chosen
    std::string model{};
    bool stream = false;
    http::Clock::time_point upstream_begin{};  ///< epoch: no attempt was made
    http::Clock::time_point upstream_end{};
    bool upstream_ok = false;
    llm::Usage usage{};
    std::string stop_reason{};
    std::string error{};
    std::string input{};   ///< for the request log; empty when it keeps no contents
    std::string output{};  ///< the same
    std::unique_ptr<Recording> recording{};  ///< null: the bodies are not recorded

    /// Everything as it was at first, but for the memory of texts that are not large.
    void clear();
};

/// Puts the client's `x-request-id` into `id` when it is fit to be passed on, else a random UUID of
/// `random`.
template <class Random>
void assign_request_id(std::string& id, std::string_view given, Random& random);

/// Whether a client's request id may go into logs and heads as it is.
bool is_sound_request_id(std::string_view id) noexcept;

template <class Random>
void assign_request_id(std::string& id, std::string_view given, Random& random) {
    if (is_sound_request_id(given)) {
        id = given;
        return;
    }
    const std::uint64_t high = random();
    assign_uuid(id, make_uuid(high, random()));
}

}  // namespace sluice::gateway
