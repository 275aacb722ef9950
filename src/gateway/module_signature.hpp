#pragma once

#include <sluice/bytes.hpp>

#include <string_view>

namespace sluice::gateway {

/// Whether `signature` (64 bytes) is that of `message` by the ed25519 public key `key` (32 bytes).
bool is_signed_by(std::string_view key, ByteView message, std::string_view signature);

}  // namespace sluice::gateway
