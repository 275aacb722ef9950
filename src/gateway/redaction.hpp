#pragma once

#include <boost/json/value.hpp>

#include <string_view>

/// What people are shown of JSON that may hold secrets.
namespace sluice::gateway {

/// Whether a member of this name likely holds a secret.
bool names_a_secret(std::string_view key);

/// Replaces the texts of such members, at any depth, by store::redacted_text.
void redact(boost::json::value& value);

}  // namespace sluice::gateway
