#pragma once

#include "store/request_log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::gateway {

/// Why a query parameter was refused, in one sentence that names it.
struct BadParameter {
    std::string parameter{};
    std::string message{};
};

/// The query of GET /api/logs: `providers`, `models`, `status` (comma lists), `start_time`,
/// `end_time` (RFC 3339), `content_search`, `limit` (1 to 1000), `offset`, `sort_by`, `order`.
/// A parameter of another name is refused: a filter that is silently ignored finds too much.
std::variant<store::LogQuery, BadParameter> read_log_query(std::string_view query);

/// Microseconds since the epoch as RFC 3339 in UTC: `2026-01-31T12:00:00.000000Z`.
std::string to_rfc3339(std::int64_t timestamp_us);
/// The way back, with any offset and without a fraction if there is none; nothing when it is no
/// time.
std::optional<std::int64_t> from_rfc3339(std::string_view text);

}  // namespace sluice::gateway
