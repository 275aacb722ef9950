#pragma once

#include "base/json_slices.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::gateway {

/// Header fields or query parameters, in order; names may repeat.
using NamedValues = std::vector<std::pair<std::string, std::string>>;

/// What plug-ins see in place of a credential's value, and what never overwrites one.
inline constexpr std::string_view redacted = "<redacted>";

/// How the names of a list count.
enum class FieldKind {
    header,       ///< case does not count; credentials are hidden; framing is the gateway's
    open_header,  ///< the same with credentials shown
    query,        ///< case counts
};

/// Appends `fields` as a flat JSON object: of names that repeat, the last value counts.
void append_fields(std::string& json, const NamedValues& fields, FieldKind kind);

/// Lays the object that a plug-in returned over `fields`; says whether anything changed.
///
/// A value that is the one shown leaves the field, and all its repetitions, as they were; names
/// that are missing are deleted; null or an empty object changes nothing. Fields of the message's
/// framing (Content-Length, Host, ...) stay as they are. Errors: \throws Error guest_error for
/// names and values that HTTP forbids in a header. Source: the facts page of the gateway, 2.1, 3.2
/// and 12.2.7.
bool apply_fields(JsonSlice returned, NamedValues& fields, FieldKind kind);

}  // namespace sluice::gateway
